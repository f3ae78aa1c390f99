public import HooklinePrimitives

/// A feature: a value that rules change for some, compiled. It and its parts are shared, not copied: every evaluation goes through
/// them.
public final class Feature: Sendable {
    let defaultValue: JSON
    let rules: [Rule]

    /// - Parameters:
    ///   - key: Its name, which is the seed of rules that have none.
    ///   - json: `defaultValue` and `rules`.
    public init(_ key: Identifier, _ json: JSON) {
        defaultValue = json["defaultValue"] ?? .null
        rules = (json["rules"]?.array ?? []).compactMap { $0.object }.map { Rule(key, $0) }
    }

    /// The first rule that holds for a unit decides.
    final class Rule: Sendable {
        let id: String
        let prerequisites: [Prerequisite]
        let filters: [UnitFilter]
        /// What it gives those for whom it holds: one of the two, or neither, and it is passed over.
        let forced: ForcedValue?
        let dealt: DealtValue?

        init(_ feature: Identifier, _ json: JSONObject) {
            id = json["id"]?.string ?? ""
            prerequisites = (json["parentConditions"]?.array ?? []).map(Prerequisite.init)
            filters = (json["filters"]?.array ?? []).map(UnitFilter.init)
            forced = json["force"].map { ForcedValue($0, feature, json) }
            dealt = forced == nil ? DealtValue(feature, json) : nil
        }
    }
}

/// A value for those whom a condition and a rollout let in.
final class ForcedValue: Sendable {
    let value: JSON
    let condition: TargetingCondition?
    let rollout: Rollout

    fileprivate init(_ value: JSON, _ feature: Identifier, _ rule: JSONObject) {
        self.value = value
        condition = rule["condition"].flatMap { $0.isTruthy ? TargetingCondition($0) : nil }
        rollout = Rollout(feature, rule)
    }
}

/// A value that an experiment deals out, where a bandit may weigh its variations.
final class DealtValue: Sendable {
    let experiment: FeatureExperiment
    let bandit: Identifier?

    /// Nil where a rule has no variations.
    fileprivate init?(_ feature: Identifier, _ rule: JSONObject) {
        guard let variations = rule["contextualVariations"]?.array ?? rule["variations"]?.array else { return nil }
        experiment = FeatureExperiment(Self.experiment(feature, rule, variations))
        bandit = rule.nonEmptyText("contextualBanditRef").map { Identifier(unchecked: $0) }
    }

    /// The experiment that a rule stands for.
    private static func experiment(_ feature: Identifier, _ json: JSONObject, _ variations: [JSON]) -> JSONObject {
        var experiment: JSONObject = [
            "variations": .array(variations), "key": .string(json.nonEmptyText("key") ?? feature.text),
        ]
        if let coverage = json["coverage"] { experiment["coverage"] = coverage }
        for name in kept {
            if let value = json[name], value.isTruthy { experiment[name] = value }
        }
        for name in ["bucketVersion", "minBucketVersion"] {
            if let value = json[name] { experiment[name] = value }
        }
        return experiment
    }

    /// What an experiment takes of its rule where it says something.
    private static let kept = [
        "weights", "hashAttribute", "fallbackAttribute", "disableStickyBucketing", "namespace", "meta", "ranges",
        "name", "phase", "seed", "hashVersion", "filters", "condition", FeatureExperiment.closed,
    ]
}

/// A share of units that get a forced value.
struct Rollout: Sendable {
    let seed: PlaceSeed
    let hashKey: TextKey
    let fallbackKey: TextKey?
    let usesStickyBuckets: Bool
    let range: BucketRange?
    let coverage: Double?

    /// Whether it lets some in and others not.
    var isDealtOut: Bool { range != nil || coverage != nil }

    init(_ feature: Identifier, _ json: JSONObject) {
        seed = PlaceSeed(
            json.nonEmptyText("seed") ?? feature.text,
            version: json["hashVersion"]?.wholeNumber ?? 1
        )
        hashKey = TextKey(json.nonEmptyText("hashAttribute") ?? "id")
        fallbackKey = json.nonEmptyText("fallbackAttribute").map { TextKey($0) }
        usesStickyBuckets = !(json["disableStickyBucketing"]?.isTruthy ?? false)
        range = json["range"].flatMap(BucketRange.init)
        coverage = json["coverage"]?.double
    }
}
