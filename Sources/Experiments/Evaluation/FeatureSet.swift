public import HooklinePrimitives

/// All features of a payload, compiled, with what their conditions name.
///
///     let features = FeatureSet(payload)
///     var evaluation = Evaluation(features, EvaluationContext(attributes: ["id": "user_1", "country": "DE"]))
///     let result = evaluation.result(of: "new-player")
public final class FeatureSet: Sendable {
    let features: FeatureTable
    /// The experiments of pages, in their order.
    let experiments: [FeatureExperiment]
    let groups: SavedGroups
    let bandits: [Identifier: Bandit]

    /// - Parameter payload: `features`, and optionally `experiments`, `savedGroups` and `contextualBandits`, as GrowthBook's API
    ///   gives them.
    public init(_ payload: JSON) {
        var features: [Identifier: Feature] = [:]
        for member in payload["features"]?.object ?? [:] where member.value.isTruthy {
            let key = Identifier(unchecked: member.key)
            features[key] = Feature(key, member.value)
        }
        self.features = FeatureTable(features)
        experiments = (payload["experiments"]?.array ?? []).compactMap(\.object).map { FeatureExperiment($0) }
        groups = SavedGroups(payload["savedGroups"])
        var bandits: [Identifier: Bandit] = [:]
        for member in payload["contextualBandits"]?.object ?? [:] {
            bandits[Identifier(unchecked: member.key)] = Bandit(member.value)
        }
        self.bandits = bandits
    }

    /// The attributes by which units of its experiments are dealt out: those whose sticky buckets are needed.
    public var unitAttributes: Set<String> {
        var attributes: Set<String> = []
        func add(_ experiment: FeatureExperiment) {
            attributes.insert(experiment.hashAttribute)
            if let fallback = experiment.fallbackAttribute { attributes.insert(fallback) }
        }
        for feature in features.all {
            feature.rules.compactMap(\.dealt).forEach { add($0.experiment) }
        }
        experiments.forEach(add)
        return attributes
    }
}
