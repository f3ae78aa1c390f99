public import HooklinePrimitives

/// Asks features and experiments for one context. What it finds out on the way (sticky buckets, exposures) is kept.
public struct Evaluation: Sendable {
    private let features: FeatureSet
    public private(set) var context: EvaluationContext
    /// The experiments that units were dealt out in, each once for each feature that was asked.
    public private(set) var exposures: [ExperimentOutcome] = []
    /// Features that others depend on are asked once.
    private var known: [Identifier: FeatureResult] = [:]
    /// The features that depend on the one that is asked.
    private var path: [Identifier] = []

    public init(_ features: FeatureSet, _ context: EvaluationContext) {
        self.features = features
        self.context = context
    }

    /// The value of a feature.
    public mutating func result(of feature: Identifier) -> FeatureResult { evaluate(feature) }

    /// What an experiment comes to that is no feature's.
    public mutating func run(_ experiment: FeatureExperiment) -> ExperimentOutcome {
        run(experiment, weights: nil, bandit: nil, feature: nil)
    }

    /// The experiments of pages, in their order.
    var pages: [FeatureExperiment] { features.experiments }

    // MARK: Features

    /// A chain of features that is longer is taken for a cycle.
    static let maximumDepth = 100

    private mutating func evaluate(_ key: Identifier) -> FeatureResult {
        guard path.count < Self.maximumDepth, !path.contains(key) else {
            return FeatureResult(.null, .cyclicPrerequisite)
        }
        if !context.forcedValues.isEmpty, let forced = context.forcedValues[key] {
            return FeatureResult(forced, .override)
        }
        guard let feature = features.features[key] else { return FeatureResult(.null, .unknownFeature) }
        for rule in feature.rules {
            switch prerequisites(rule.prerequisites, of: key) {
            case .hold: break
            case .fail: continue
            case .block(let source): return FeatureResult(.null, source)
            }
            if !rule.filters.isEmpty, isFilteredOut(rule.filters) { continue }
            switch rule.effect {
            case .force(let value, let condition, let rollout):
                guard condition?.matches(context.attributes, features.groups) ?? true, isIncluded(rollout) else {
                    continue
                }
                return FeatureResult(value, .force, ruleID: rule.id, isDealtOut: rollout.isDealtOut)
            case .experiment(let experiment, let bandit):
                guard let result = result(of: experiment, bandit, rule: rule.id, feature: key) else {
                    continue
                }
                return result
            case .none: continue
            }
        }
        return FeatureResult(feature.defaultValue, .defaultValue)
    }

    /// What an experiment of a rule comes to; nil where the next rule is asked.
    private mutating func result(
        of experiment: FeatureExperiment,
        _ bandit: Identifier?,
        rule: String,
        feature: Identifier
    ) -> FeatureResult? {
        let definition = bandit.flatMap { features.bandits[$0] }
        let leaf = definition?.leaf(
            for: context.attributes,
            features.groups,
            else: experiment.weights ?? BucketRange.equalWeights(experiment.variations.count)
        )
        let banditWeights = leaf.flatMap { $0.isMatching ? $0.leaf.weights : nil }
        let result = run(
            experiment,
            weights: banditWeights,
            bandit: leaf?.leaf,
            feature: feature
        )
        guard result.isInExperiment, !result.isPassedThrough else { return nil }
        return FeatureResult(
            result.value,
            .experiment,
            ruleID: rule,
            result: result,
            banditWeights: banditWeights
        )
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
        if let result = known[feature] { return result }
        if let child { path.append(child) }
        defer { if child != nil { path.removeLast() } }
        let result = evaluate(feature)
        // Whether there is a cycle depends on where one comes from.
        if result.source != .cyclicPrerequisite { known[feature] = result }
        return result
    }

    private func isFilteredOut(_ filters: [UnitFilter]) -> Bool {
        !filters.allSatisfy { filter in
            let unit = context.unit(by: filter.attribute, or: nil)
            guard unit.value.isTruthy,
                let place = filter.seed.place(of: unit.value.scriptText)
            else { return false }
            return filter.ranges.contains { $0.contains(place) }
        }
    }

    private func isIncluded(_ rollout: Rollout) -> Bool {
        guard rollout.range != nil || rollout.coverage != nil else { return true }
        if rollout.range == nil, rollout.coverage == 0 { return false }
        let sticks = context.stickyBuckets != nil && rollout.usesStickyBuckets
        let unit = context.unit(by: rollout.hashAttribute, or: sticks ? rollout.fallbackAttribute : nil)
        guard unit.value.isTruthy,
            let place = rollout.seed.place(of: unit.value.scriptText)
        else { return false }
        if let range = rollout.range { return range.contains(place) }
        return rollout.coverage.map { place <= $0 } ?? true
    }

    // MARK: Experiments

    private mutating func run(
        _ experiment: FeatureExperiment,
        weights: [Double]?,
        bandit: BanditLeaf?,
        feature: Identifier?
    ) -> ExperimentOutcome {
        let sticks = context.stickyBuckets != nil && experiment.usesStickyBuckets
        let unit = context.unit(by: experiment.hashAttribute, or: sticks ? experiment.fallbackAttribute : nil)
        func outcome(_ variation: Int?, place: Double? = nil, isHashUsed: Bool = false, isSticky: Bool = false)
            -> ExperimentOutcome
        {
            Self.outcome(
                experiment,
                variation,
                unit,
                feature,
                place: place,
                isHashUsed: isHashUsed,
                isSticky: isSticky,
                bandit
            )
        }
        guard experiment.variations.count > 1, context.isEnabled else { return outcome(nil) }
        if let targets = experiment.targets, !URLTarget.isTargeted(context.url, by: targets) { return outcome(nil) }
        if !context.url.isEmpty {
            let override = QueryOverride.variation(
                of: experiment.key,
                in: context.url,
                variations: experiment.variations.count
            )
            if let override { return outcome(override) }
        }
        if !context.forcedVariations.isEmpty,
            let forced = context.forcedVariations[Identifier(unchecked: experiment.key)]
        {
            return outcome(forced)
        }
        guard experiment.isActive, unit.value.isTruthy else { return outcome(nil) }
        if experiment.isClosed, !context.enrolled.contains(Identifier(unchecked: experiment.key)) {
            return outcome(nil)
        }

        let assigned = sticks ? context.stickyBuckets?.assignment(of: experiment, context) ?? .none : .none
        var variation: Int?
        if case .variation(let found) = assigned { variation = found }
        let isSticky = variation != nil
        let text = unit.value.scriptText
        if !isSticky, !takesPart(text, experiment, of: feature) { return outcome(nil) }
        guard let place = experiment.seed.place(of: text) else {
            return outcome(nil)
        }
        if assigned == .blocked { return outcome(nil, isSticky: true) }
        if !isSticky { variation = experiment.ranges(weights: weights).index(of: place) }
        guard let variation else { return outcome(nil) }
        if let forced = experiment.forced { return outcome(forced) }
        guard !context.isInQualityAssurance, !experiment.isStopped else { return outcome(nil) }

        let result = outcome(variation, place: place, isHashUsed: true, isSticky: isSticky)
        if sticks { context.stickyBuckets?.assign(unit, experiment, to: result.key) }
        exposures.append(result)
        return result
    }

    /// Whether those who are not assigned yet may be.
    private mutating func takesPart(_ unit: String, _ experiment: FeatureExperiment, of feature: Identifier?) -> Bool {
        if let filters = experiment.filters {
            if isFilteredOut(filters) { return false }
        } else if let namespace = experiment.namespace, !namespace.contains(unit) {
            return false
        }
        if let condition = experiment.condition, !condition.matches(context.attributes, features.groups) {
            return false
        }
        for prerequisite in experiment.prerequisites {
            let parent = parent(prerequisite.feature, of: feature)
            guard parent.source != .cyclicPrerequisite,
                prerequisite.condition.matches(["value": parent.value], SavedGroups())
            else { return false }
        }
        return true
    }

    private static func outcome(
        _ experiment: FeatureExperiment,
        _ variation: Int?,
        _ unit: (attribute: String, value: JSON),
        _ feature: Identifier?,
        place: Double?,
        isHashUsed: Bool,
        isSticky: Bool,
        _ bandit: BanditLeaf?
    ) -> ExperimentOutcome {
        let isIn = variation.map(experiment.variations.indices.contains) ?? false
        return ExperimentOutcome(
            experiment: experiment,
            feature: feature,
            isInExperiment: isIn,
            isHashUsed: isHashUsed,
            usedStickyBucket: isSticky,
            variation: isIn ? variation ?? 0 : 0,
            hashAttribute: unit.attribute,
            hashValue: unit.value,
            bucket: place,
            bandit: isHashUsed && isIn ? bandit : nil
        )
    }
}
