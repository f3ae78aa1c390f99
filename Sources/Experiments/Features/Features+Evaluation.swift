public import HooklinePrimitives
import HooklineStorage

/// The value of a feature for a unit.
public struct FeatureAnswer: Sendable {
    public let key: Identifier
    public let result: FeatureResult
    /// Whether any rule could have made another value.
    public let hasRules: Bool
    private let isFloat: Bool

    init(_ key: Identifier, _ result: FeatureResult, _ traits: FeatureTraits?) {
        self.key = key
        self.result = result
        hasRules = traits?.hasRules ?? false
        isFloat = traits?.isFloat ?? false
    }

    /// The value, with whole numbers as `1.0` where the feature's numbers have fractions.
    public var value: JSON {
        if isFloat, case .integer(let whole) = result.value { return .number(Double(whole)) }
        return result.value
    }
}

extension Features {
    /// The value of a feature for a unit. Records its exposure to experiments, once each, behind the answer; where no
    /// `FeatureWorker` runs, before it.
    ///
    /// - Throws: `FeatureEvaluationError`.
    public func evaluate(_ key: Identifier, _ context: EvaluationContext) async throws -> FeatureAnswer {
        let published = try await current()
        guard let traits = published.traits[key], published.hasFeature(key) else {
            throw FeatureEvaluationError.unknownFeature(key)
        }
        if traits.needsUser, !context.hasUser { throw FeatureEvaluationError.userMissing(key) }
        var evaluation = Evaluation(published.set, try await known(traits.memory, context, published))
        let result = evaluation.result(of: key)
        try await record(evaluation, published)
        return FeatureAnswer(key, result, traits)
    }

    /// The values of all features, in the order of their keys; nil for one that needs an id which the context does not have.
    /// Records nothing.
    public func evaluateAll(
        _ context: EvaluationContext
    ) async throws -> [(key: Identifier, answer: FeatureAnswer?)] {
        let published = try await current()
        var evaluation = Evaluation(published.set, try await known(published.memory, context, published))
        return published.keys.map { key in
            let traits = published.traits[key]
            if traits?.needsUser ?? false, !context.hasUser { return (key, nil) }
            return (key, FeatureAnswer(key, evaluation.result(of: key), traits))
        }
    }

    /// The context with what is kept of its unit, where what is asked for needs it.
    private func known(
        _ memory: FeatureTraits.Memory,
        _ context: EvaluationContext,
        _ published: PublishedFeatures
    ) async throws -> EvaluationContext {
        guard memory.isNeeded else { return context }
        return try await database.read { transaction in
            var context = context
            for experiment in memory.paused.sorted().compactMap({ published.source.experiments[$0] }) {
                let unit = context.unit(by: TextKey(experiment.definition.unit.attribute), or: nil).value
                guard unit.isTruthy, let unit = try? Identifier(unit.scriptText) else { continue }
                if try experiments.isExposed(unit, to: experiment, in: transaction) {
                    context.enrolled.insert(experiment.id)
                }
            }
            if memory.usesStickyBuckets, context.stickyBuckets == nil {
                let store = StickyBucketStore()
                let documents = try published.stickyAttributes.compactMap { attribute in
                    let unit = context.unit(by: TextKey(attribute), or: nil).value
                    return unit.isTruthy ? try store.find(attribute, unit.string ?? unit.text, in: transaction) : nil
                }
                context.stickyBuckets = StickyBuckets(documents)
            }
            return context
        }
    }

    private func record(_ evaluation: Evaluation, _ published: PublishedFeatures) async throws {
        guard !evaluation.exposures.isEmpty else { return }
        let (now, context) = (clock.now(), evaluation.context)
        let exposures = evaluation.exposures.compactMap { outcome in
            Exposure(
                outcome,
                context,
                published.source.experiments[Identifier(unchecked: outcome.experiment.key)],
                at: now
            )
        }
        let buckets = context.stickyBuckets
        try await recorder.record(
            exposures,
            buckets?.changed.compactMap { buckets?.documents[$0] } ?? []
        )
    }

    // MARK: Sticky buckets

    /// What a unit was assigned, for SDKs that keep it here; nil where nothing was.
    public func stickyBuckets(
        _ attribute: Identifier,
        _ value: Identifier
    ) async throws -> StickyBuckets.Document? {
        try await database.read { try StickyBucketStore().find(attribute.text, value.text, in: $0) }
    }

    /// Adds to what is kept of a unit.
    ///
    /// - Throws: `FieldError` for what cannot be kept.
    public func keep(_ document: StickyBuckets.Document) async throws {
        let isKept = try await database.write { try StickyBucketStore().add([document], in: $0) }
        guard isKept else {
            throw FieldError(
                field: "assignments",
                problem: "are too many with what is kept of the unit, or no identifiers; accepted are at most "
                    + "\(StickyBuckets.Document.maximumAssignments) texts"
            )
        }
    }
}

extension EvaluationContext {
    var hasUser: Bool { attributes[Self.userAttribute]?.isTruthy ?? false }
}

extension PublishedFeatures {
    /// Whether a user has written the feature.
    func hasFeature(_ key: Identifier) -> Bool { !key.text.utf8.starts(with: "$".utf8) }
}
