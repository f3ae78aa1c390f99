public import HooklinePrimitives

/// The value of a feature, and where it comes from.
public struct FeatureResult: Sendable {
    public enum Source: String, Sendable, CaseIterable {
        case unknownFeature
        case defaultValue
        case force
        case experiment
        /// The context forces it.
        case override
        /// A feature that it depends on is not as it should be.
        case prerequisite
        /// It depends on itself.
        case cyclicPrerequisite
    }

    public let value: JSON
    public let source: Source
    /// The rule that decided; empty where none did, or it has no id.
    public let ruleID: String
    private let outcome: ExperimentOutcome?
    /// Whether the unit got the value by where it fell: in an experiment, or in a rollout.
    public let isDealtOut: Bool

    init(
        _ value: JSON,
        _ source: Source,
        ruleID: String = "",
        result: ExperimentOutcome? = nil,
        isDealtOut: Bool = false
    ) {
        self.value = value
        self.source = source
        self.ruleID = ruleID
        outcome = result
        self.isDealtOut = isDealtOut || result != nil
    }

    /// What the experiment came to that decided; nil where none did. Were it inlined, other modules would ask the runtime how
    /// something optional is copied, which takes longer than the call.
    @inline(never)
    public var experimentResult: ExperimentOutcome? { outcome }

    /// The experiment that decided; nil where none did.
    public var experiment: FeatureExperiment? { experimentResult?.experiment }

    /// Whether the value is anything but null, false, 0 and an empty text.
    public var isOn: Bool { value.isTruthy }
}

/// What an experiment came to for a unit.
public final class ExperimentOutcome: Sendable {
    public let experiment: FeatureExperiment
    /// The feature whose rule it is of; nil for an experiment of its own.
    public let feature: Identifier?
    public let isInExperiment: Bool
    /// Whether the unit was dealt out, and not forced.
    public let isHashUsed: Bool
    public let usedStickyBucket: Bool
    /// The number of the variation; 0 where the unit takes no part.
    public let variation: Int
    private let unit: EvaluationContext.Unit
    /// Where the unit fell, from 0 to 1; nil where it was not looked at.
    public let bucket: Double?
    private let leaf: Bandit.Choice?

    init(
        _ experiment: FeatureExperiment,
        _ decision: ExperimentDecision,
        _ unit: EvaluationContext.Unit,
        feature: Identifier?,
        leaf: Bandit.Choice? = nil
    ) {
        self.experiment = experiment
        self.feature = feature
        isInExperiment = decision.variation.map(experiment.variations.indices.contains) ?? false
        isHashUsed = decision.isHashUsed
        usedStickyBucket = decision.isSticky
        variation = isInExperiment ? decision.variation ?? 0 : 0
        self.unit = unit
        bucket = decision.place
        self.leaf = leaf
    }

    /// By what the unit was dealt out, and the attribute's value; empty where there is none.
    public var hashAttribute: String { experiment.attribute(of: unit) }
    public var hashValue: JSON { unit.value }

    /// The leaf of a bandit that the unit was dealt out by.
    public var bandit: BanditLeaf? { isHashUsed && isInExperiment ? leaf?.leaf : nil }
    /// The weights of the leaf, in place of the experiment's own.
    var banditWeights: [Double]? { leaf?.weights }

    /// The name of the variation: its own key, or its number.
    public var key: String { experiment.key(of: variation) }
    public var value: JSON {
        experiment.variations.indices.contains(variation) ? experiment.variations[variation] : .null
    }
    /// The variation's name; nil where it has none.
    public var name: String? { meta?.name }
    /// Whether the unit goes on to the next rule.
    public var isPassedThrough: Bool { meta?.isPassedThrough ?? false }

    private var meta: VariationMeta? {
        experiment.meta.indices.contains(variation) ? experiment.meta[variation] : nil
    }
}

/// Which variation a unit gets, before anybody is told.
struct ExperimentDecision {
    /// Nil where the unit takes no part.
    var variation: Int?
    var place: Double?
    var isHashUsed = false
    var isSticky = false

    static let none = ExperimentDecision(variation: nil)
}

// MARK: - As GrowthBook's SDKs write them

extension FeatureResult {
    public var json: JSONObject {
        var json: JSONObject = [
            "value": value, "on": .bool(isOn), "off": .bool(!isOn), "source": .string(source.rawValue),
            "ruleId": .string(ruleID),
        ]
        if let experiment {
            var described = experiment.json
            if let weights = outcome?.banditWeights { described["weights"] = JSON(weights.map { JSON($0) }) }
            if let bandit = experimentResult?.bandit { described["contextualBandit"] = .object(bandit.json) }
            json["experiment"] = .object(described)
        }
        if let experimentResult { json["experimentResult"] = .object(experimentResult.json) }
        return json
    }
}

extension ExperimentOutcome {
    public var json: JSONObject {
        var json: JSONObject = [
            "key": .string(key), "featureId": JSON(feature), "inExperiment": .bool(isInExperiment),
            "hashUsed": .bool(isHashUsed), "variationId": JSON(variation), "value": value,
            "hashAttribute": .string(hashAttribute), "hashValue": hashValue,
            "stickyBucketUsed": .bool(usedStickyBucket),
        ]
        if let name { json["name"] = .string(name) }
        if let bucket { json["bucket"] = .number(bucket) }
        if isPassedThrough { json["passthrough"] = true }
        for member in bandit?.json ?? [:] { json[member.key] = member.value }
        return json
    }
}
