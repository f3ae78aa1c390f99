public import HooklinePrimitives

/// Asks features and experiments for one context. What it finds out on the way (sticky buckets, exposures) is kept.
public struct Evaluation: Sendable {
    private let features: FeatureSet
    public private(set) var context: EvaluationContext
    /// Nearly always there is one experiment at most, for which no array is made.
    private var exposure: ExperimentOutcome?
    private var findings: Rare<Findings> = .none

    /// What is kept where there are more experiments, or features that depend on others.
    private struct Findings {
        var moreExposures: [ExperimentOutcome] = []
        /// Features that others depend on are asked once.
        var known: [Identifier: FeatureResult] = [:]
        /// The features that depend on the one that is asked.
        var path: [Identifier] = []
    }

    public init(_ features: FeatureSet, _ context: EvaluationContext) {
        self.features = features
        self.context = context
    }

    /// The experiments that units were dealt out in, each once for each feature that was asked.
    public var exposures: [ExperimentOutcome] { exposure.map { [$0] + (findings.value?.moreExposures ?? []) } ?? [] }

    /// The value of a feature.
    public mutating func result(of feature: Identifier) -> FeatureResult { evaluate(feature) }

    /// What an experiment comes to that is no feature's.
    public mutating func run(_ experiment: FeatureExperiment) -> ExperimentOutcome {
        let (decision, unit) = decide(experiment, weights: nil, feature: nil)
        let outcome = ExperimentOutcome(experiment, decision, unit, feature: nil)
        note(outcome)
        return outcome
    }

    /// The experiments of pages, in their order.
    var pages: [FeatureExperiment] { features.experiments }

    // MARK: Features

    /// A chain of features that is longer is taken for a cycle.
    static let maximumDepth = 100

    private mutating func evaluate(_ key: Identifier) -> FeatureResult {
        if let path = findings.value?.path, path.count >= Self.maximumDepth || path.contains(key) {
            return FeatureResult(.null, .cyclicPrerequisite)
        }
        if context.hasSettings, let forced = context.forcedValues[key] {
            return FeatureResult(forced, .override)
        }
        // An evaluation keeps its features, and they everything in them.
        return Unmanaged.passUnretained(features).lend { features in
            guard let position = features.features.position(of: key) else {
                return FeatureResult(.null, .unknownFeature)
            }
            return features.features.all.lend(position) { evaluate($0, key) }
        }
    }

    @inline(__always)
    private mutating func evaluate(_ feature: Feature, _ key: Identifier) -> FeatureResult {
        for index in feature.rules.indices {
            let answer = feature.rules.lend(index) { result(of: $0, feature: key) }
            if let answer { return answer }
        }
        return FeatureResult(feature.defaultValue, .defaultValue)
    }

    /// What a rule comes to; nil where the next one is asked.
    @inline(__always)
    private mutating func result(of rule: Feature.Rule, feature key: Identifier) -> FeatureResult? {
        if !rule.prerequisites.isEmpty {
            switch prerequisites(rule.prerequisites, of: key) {
            case .hold: break
            case .fail: return nil
            case .block(let source): return FeatureResult(.null, source)
            }
        }
        if !rule.filters.isEmpty, isFilteredOut(rule.filters) { return nil }
        if let dealt = rule.dealt.map(Unmanaged.passUnretained) {
            return dealt.lend { result(of: $0, rule: rule.id, feature: key) }
        }
        guard let forced = rule.forced, holds(forced.condition), isIncluded(forced.rollout) else { return nil }
        return FeatureResult(forced.value, .force, ruleID: rule.id, isDealtOut: forced.rollout.isDealtOut)
    }

    private func holds(_ condition: TargetingCondition?) -> Bool {
        condition?.matches(context.attributes, features.groups) ?? true
    }

    /// What an experiment of a rule comes to; nil where the next rule is asked.
    private mutating func result(of dealt: DealtValue, rule: String, feature: Identifier) -> FeatureResult? {
        let experiment = dealt.experiment
        let leaf = dealt.bandit.flatMap { banditLeaf($0, of: experiment) }
        let (decision, unit) = decide(experiment, weights: leaf?.weights, feature: feature)
        guard let variation = decision.variation, experiment.variations.indices.contains(variation) else { return nil }
        let outcome = ExperimentOutcome(experiment, decision, unit, feature: feature, leaf: leaf)
        note(outcome)
        if experiment.hasPassThrough, outcome.isPassedThrough { return nil }
        return FeatureResult(experiment.variations[variation], .experiment, ruleID: rule, result: outcome)
    }

    /// What a bandit says of the unit; nil where there is no such bandit.
    private func banditLeaf(_ bandit: Identifier, of experiment: FeatureExperiment) -> Bandit.Choice? {
        features.bandits[bandit]?.leaf(
            for: context.attributes,
            features.groups,
            else: experiment.weights ?? BucketRange.equalWeights(experiment.variations.count)
        )
    }

    /// Keeps what the unit was dealt out in.
    private mutating func note(_ outcome: ExperimentOutcome) {
        guard outcome.isHashUsed else { return }
        if exposure == nil {
            exposure = outcome
        } else {
            findings.change(from: Findings()) { $0.moreExposures.append(outcome) }
        }
    }

    private enum Prerequisites {
        case hold
        /// The rule is passed over.
        case fail
        /// The feature has no value.
        case block(FeatureResult.Source)
    }

    private mutating func prerequisites(_ prerequisites: [Prerequisite], of feature: Identifier) -> Prerequisites {
        for prerequisite in prerequisites {
            let parent = parent(prerequisite.feature, of: feature)
            if parent.source == .cyclicPrerequisite { return .block(.cyclicPrerequisite) }
            guard prerequisite.condition.matches(["value": parent.value], SavedGroups()) else {
                return prerequisite.isGate ? .block(.prerequisite) : .fail
            }
        }
        return .hold
    }

    /// - Parameter child: the feature that depends on it; nil for an experiment of its own.
    private mutating func parent(_ feature: Identifier, of child: Identifier?) -> FeatureResult {
        if let result = findings.value?.known[feature] { return result }
        if let child { findings.change(from: Findings()) { $0.path.append(child) } }
        let result = evaluate(feature)
        findings.change(from: Findings()) {
            if child != nil { $0.path.removeLast() }
            // Whether there is a cycle depends on where one comes from.
            if result.source != .cyclicPrerequisite { $0.known[feature] = result }
        }
        return result
    }

    private func isFilteredOut(_ filters: [UnitFilter]) -> Bool {
        !filters.allSatisfy { filter in
            let unit = context.unit(by: filter.attribute, or: nil)
            guard !unit.isEmpty, let place = filter.seed.place(of: unit.text) else { return false }
            return filter.ranges.contains { $0.contains(place) }
        }
    }

    private func isIncluded(_ rollout: Rollout) -> Bool {
        guard rollout.range != nil || rollout.coverage != nil else { return true }
        if rollout.range == nil, rollout.coverage == 0 { return false }
        let sticks = context.hasSettings && rollout.usesStickyBuckets && context.stickyBuckets != nil
        let unit = context.unit(by: rollout.hashKey, or: sticks ? rollout.fallbackKey : nil)
        guard !unit.isEmpty, let place = rollout.seed.place(of: unit.text) else { return false }
        if let range = rollout.range { return range.contains(place) }
        return rollout.coverage.map { place <= $0 } ?? true
    }

    // MARK: Experiments

    /// Which variation a unit gets. Its sticky bucket is kept; whoever asks notes the exposure.
    private mutating func decide(
        _ experiment: FeatureExperiment,
        weights: [Double]?,
        feature: Identifier?
    ) -> (ExperimentDecision, EvaluationContext.Unit) {
        let hasSettings = context.hasSettings
        let sticks = hasSettings && experiment.usesStickyBuckets && context.stickyBuckets != nil
        let unit = context.unit(by: experiment.hashKey, or: sticks ? experiment.fallbackKey : nil)
        guard experiment.variations.count > 1, !hasSettings || context.isEnabled else { return (.none, unit) }
        if let targets = experiment.targets, !URLTarget.isTargeted(context.url, by: targets) { return (.none, unit) }
        if hasSettings, let asked = context.variation(askedOf: experiment) {
            return (ExperimentDecision(variation: asked), unit)
        }
        guard experiment.isActive, !unit.isEmpty else { return (.none, unit) }
        if experiment.isClosed, !context.enrolled.contains(Identifier(unchecked: experiment.key)) {
            return (.none, unit)
        }

        let assigned = sticks ? context.stickyBuckets?.assignment(of: experiment, context) ?? .none : .none
        var variation: Int?
        if case .variation(let found) = assigned { variation = found }
        let isSticky = variation != nil
        let text = unit.text
        if !isSticky, !takesPart(text, experiment, of: feature) { return (.none, unit) }
        guard let place = experiment.seed.place(of: text) else { return (.none, unit) }
        if assigned == .blocked { return (ExperimentDecision(variation: nil, isSticky: true), unit) }
        if !isSticky { variation = experiment.variation(at: place, weights: weights) }
        guard let variation else { return (.none, unit) }
        if let forced = experiment.forced { return (ExperimentDecision(variation: forced), unit) }
        guard !hasSettings || !context.isInQualityAssurance, !experiment.isStopped else { return (.none, unit) }

        if sticks { context.stickyBuckets?.assign(unit, experiment, to: experiment.key(of: variation)) }
        return (
            ExperimentDecision(variation: variation, place: place, isHashUsed: true, isSticky: isSticky), unit
        )
    }

    /// Whether those who are not assigned yet may be.
    private mutating func takesPart(_ unit: String, _ experiment: FeatureExperiment, of feature: Identifier?) -> Bool {
        if let filters = experiment.filters {
            if isFilteredOut(filters) { return false }
        } else if let namespace = experiment.namespace, !namespace.contains(unit) {
            return false
        }
        guard holds(experiment.condition) else { return false }
        guard !experiment.prerequisites.isEmpty else { return true }
        for prerequisite in experiment.prerequisites {
            let parent = parent(prerequisite.feature, of: feature)
            guard parent.source != .cyclicPrerequisite,
                prerequisite.condition.matches(["value": parent.value], SavedGroups())
            else { return false }
        }
        return true
    }
}
