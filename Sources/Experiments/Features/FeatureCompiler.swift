import HooklinePrimitives

/// Makes of features as they are written those that every SDK evaluates: what belongs to Hookline (experiments that rules name,
/// holdouts, schedules and ramps) is written out in GrowthBook's terms, as it stands at a moment.
struct FeatureCompiler {
    let experiments: [Identifier: Experiment]
    let now: Timestamp
    /// When the next step of a schedule or a ramp makes other features; nil where none is ahead.
    private(set) var nextChange: Timestamp?
    /// The experiments that features are held out by.
    private(set) var holdouts: Set<Identifier> = []

    init(experiments: [Identifier: Experiment], now: Timestamp) {
        self.experiments = experiments
        self.now = now
    }

    /// - Parameter isForPaused: whether units that were exposed to an experiment before its pause keep their variant, which
    ///   only the server can know.
    mutating func feature(_ json: JSONObject, isForPaused: Bool) -> JSONObject {
        let value = json["defaultValue"] ?? .null
        var rules: [JSON] = holdout(json["holdout"]?.object, else: value).map { [.object($0)] } ?? []
        for rule in json["rules"]?.array ?? [] {
            guard let rule = rule.object else { continue }
            rules += self.rules(rule, else: value, isForPaused: isForPaused).map { .object($0) }
        }
        var compiled: JSONObject = ["defaultValue": value]
        if !rules.isEmpty { compiled["rules"] = .array(rules) }
        if let metadata = json["metadata"] { compiled["metadata"] = metadata }
        return compiled
    }

    // MARK: Rules

    private mutating func rules(_ rule: JSONObject, else value: JSON, isForPaused: Bool) -> [JSONObject] {
        guard var plain = scheduled(rule) else { return [] }
        guard let id = plain["experiment"]?.string else {
            // Buckets stick only where a rule counts their versions.
            if plain["bucketVersion"] == nil, plain["variations"] != nil || plain["fallbackAttribute"] != nil {
                plain["disableStickyBucketing"] = true
            }
            return [plain]
        }
        guard let experiment = experiments[Identifier(unchecked: id)] else { return [] }
        plain["experiment"] = nil
        let values = plain["values"]?.object ?? [:]
        plain["values"] = nil
        return ExperimentRule(experiment, plain, values: values, else: value).rules(isForPaused: isForPaused)
    }

    /// A rule as it stands at the moment, without its times; nil where it does not hold.
    private mutating func scheduled(_ rule: JSONObject) -> JSONObject? {
        var plain = rule
        (plain["from"], plain["until"], plain["ramp"]) = (nil, nil, nil)
        if let until = rule["until"]?.moment {
            guard now < until else { return nil }
            note(until)
        }
        if let from = rule["from"]?.moment, now < from {
            note(from)
            return nil
        }
        guard let ramp = rule["ramp"]?.array else { return plain }
        var coverage: JSON?
        for step in ramp {
            guard let at = step["at"]?.moment else { continue }
            if at <= now {
                coverage = step["coverage"]
            } else {
                note(at)
            }
        }
        guard let coverage else { return nil }
        plain["coverage"] = coverage
        return plain
    }

    private mutating func note(_ moment: Timestamp) {
        nextChange = min(nextChange ?? moment, moment)
    }

    // MARK: Holdouts

    /// The feature that deals units out to a holdout. No feature of a user begins so.
    static func holdoutKey(_ experiment: Identifier) -> String { "$holdout:\(experiment)" }

    /// The rule by which those who are held out stay with a value.
    private mutating func holdout(_ holdout: JSONObject?, else value: JSON) -> JSONObject? {
        guard let id = holdout?["experiment"]?.string, let experiment = experiments[Identifier(unchecked: id)],
            [.running, .paused].contains(experiment.state)
        else { return nil }
        holdouts.insert(experiment.id)
        return [
            "id": "holdout",
            "parentConditions": [
                [
                    "id": .string(Self.holdoutKey(experiment.id)),
                    "condition": ["value": .string(experiment.definition.control.text)],
                ]
            ],
            "force": holdout?["value"] ?? value,
        ]
    }

    /// The features of the holdouts that features have named. A pause lets nobody out of them, and nobody else in.
    var holdoutFeatures: [(key: String, feature: JSONObject)] {
        holdouts.sorted().compactMap { id in
            guard let experiment = experiments[id] else { return nil }
            let values = JSONObject(experiment.definition.variants.map { ($0.text, .string($0.text)) })
            let rules = ExperimentRule(experiment, [:], values: values, else: "").dealt
            return (Self.holdoutKey(id), ["defaultValue": "", "rules": .array(rules.map { .object($0) })])
        }
    }
}

extension JSON {
    /// A moment, as rules have them: RFC 3339, or milliseconds since 1970.
    var moment: Timestamp? { try? JSONField(self).timestamp() }
}

extension JSONObject {
    init(_ members: [(String, JSON)]) {
        self.init()
        for (key, value) in members { append(key, value) }
    }
}
