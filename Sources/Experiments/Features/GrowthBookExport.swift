public import HooklinePrimitives

/// What GrowthBook has given out, as Hookline keeps it: a payload of its SDK API, or the answers of its REST API in one object.
///
///     let export = try GrowthBookExport(json, environment: "production")
///     for experiment in export.experiments { ... }
///     _ = try await features.write(export.writes)
///
/// A rule whose experiment is among those that are given, and which deals units out as Hookline does, becomes a rule that names the
/// experiment: nobody gets another variation by it. Every other rule stays as it is.
public struct GrowthBookExport: Sendable {
    /// An experiment that is to be made.
    public struct ImportedExperiment: Sendable {
        public let definition: ExperimentDefinition
        public let isRunning: Bool
    }

    public let experiments: [ImportedExperiment]
    /// Saved groups and features, in the order of their keys.
    public let writes: [FeatureWrite]
    /// What is not taken over, and why: sentences.
    public let notes: [String]

    /// - Parameters:
    ///   - json: `features`, and optionally `savedGroups` and `experiments`; each as the SDK API has it or as an array of the REST
    ///     API.
    ///   - environment: Whose definitions are taken of the REST API's features.
    /// - Throws: `FieldError`, naming the place.
    public init(_ json: JSON, environment: String = "production") throws(FieldError) {
        var reader = Reader(environment: environment)
        let body = try JSONField(json).object()
        if let field = body.optional("experiments"), field.value.array != nil { try reader.read(experiments: field) }
        var writes: [FeatureWrite] = []
        if let field = body.optional("savedGroups") { writes += try reader.groups(field) }
        let features = try reader.features(try body.required("features"))
        let named = Set(
            features.flatMap { ($0.body?["rules"]?.array ?? []).compactMap { $0["experiment"]?.string } }.map {
                Identifier(unchecked: $0)
            }
        )
        reader.noteUnnamed(named)
        experiments = reader.experiments.values.filter { !$0.isRunning || named.contains($0.definition.id) }
            .sorted { $0.definition.id < $1.definition.id }
        self.writes = writes + features
        notes = reader.notes
    }
}

private struct Reader {
    let environment: String
    var experiments: [Identifier: GrowthBookExport.ImportedExperiment] = [:]
    var notes: [String] = []

    init(environment: String) {
        self.environment = environment
    }

    // MARK: Experiments

    mutating func read(experiments field: JSONField) throws(FieldError) {
        for element in try field.elements() {
            let fields = try element.object()
            if let page = fields.optional("key"), !fields.contains("id"), !fields.contains("trackingKey") {
                notes.append("The experiment '\(page.value.string ?? "")' is one of pages, and is not taken over.")
                continue
            }
            let name = fields.contains("trackingKey") ? "trackingKey" : "id"
            let id = try fields.required(name).identifier(maximumBytes: ExperimentRules.maximumIDBytes)
            let status = try fields.optional("status")?.string() ?? "draft"
            guard status != "stopped", fields.object["archived"]?.bool != true else {
                notes.append("The experiment '\(id)' is over, and is not made; what a feature has come to by it stays.")
                continue
            }
            guard fields.object["hashVersion"]?.integer ?? 2 == 2 else {
                notes.append(
                    "The experiment '\(id)' uses the first hash. Its rules go on, and nothing is measured of it."
                )
                continue
            }
            do throws(ExperimentError) {
                let definition = try Self.definition(id, fields)
                experiments[id] = .init(definition: definition, isRunning: status == "running")
            } catch {
                guard case .invalid(let name, let problem) = error else { continue }
                throw element.error("cannot be taken over: its \(name) \(problem)")
            }
        }
    }

    /// Of its last phase.
    private static func definition(
        _ id: Identifier,
        _ fields: JSONFields
    ) throws(ExperimentError) -> ExperimentDefinition {
        let phase = fields.object["phases"]?.array?.last
        var variants: [Identifier] = []
        var split: [Identifier: Double] = [:]
        for (index, variation) in (fields.object["variations"]?.array ?? []).enumerated() {
            let variant = Identifier(unchecked: variation["key"]?.string ?? "\(index)")
            variants.append(variant)
            let share = (phase?["trafficSplit"]?.array ?? []).first { $0["variationId"] == variation["variationId"] }
            if let weight = share?["weight"]?.double { split[variant] = weight }
        }
        let attribute = fields.object["hashAttribute"]?.string ?? EvaluationContext.userAttribute
        let name = fields.object["name"]?.string ?? ""
        return try ExperimentDefinition(
            id: id,
            name: name.isEmpty ? id.text : name,
            description: fields.object["hypothesis"]?.string ?? fields.object["description"]?.string ?? "",
            variants: variants,
            split: split.count == variants.count ? split : nil,
            coverage: phase?["coverage"]?.double ?? 1,
            unit: attribute == EvaluationContext.userAttribute
                ? .user : .attribute(Identifier(unchecked: attribute)),
            seed: phase?["seed"]?.string ?? id.text,
            control: variants.first
        )
    }

    mutating func noteUnnamed(_ named: Set<Identifier>) {
        for (id, experiment) in experiments.sorted(by: { $0.key < $1.key })
        where experiment.isRunning && !named.contains(id) {
            notes.append("The experiment '\(id)' runs, and no rule deals units out as it says: it is not made.")
        }
    }

    // MARK: Saved groups

    mutating func groups(_ field: JSONField) throws(FieldError) -> [FeatureWrite] {
        guard field.value.array != nil else {
            return try field.object().all.map { name, field throws(FieldError) in
                FeatureWrite(.savedGroup, try Self.key(name, field), field.value)
            }
        }
        var writes: [FeatureWrite] = []
        for element in try field.elements() {
            let fields = try element.object()
            let key = try fields.required("id").identifier(maximumBytes: Features.maximumKeyBytes)
            // A group that is a condition stands in the definitions themselves.
            guard fields.object["type"]?.string != "condition" else { continue }
            writes.append(FeatureWrite(.savedGroup, key, .array(fields.object["values"]?.array ?? [])))
        }
        return writes
    }

    private static func key(_ name: String, _ field: JSONField) throws(FieldError) -> Identifier {
        try JSONField(.string(name), path: field.path).identifier(maximumBytes: Features.maximumKeyBytes)
    }

    // MARK: Features

    mutating func features(_ field: JSONField) throws(FieldError) -> [FeatureWrite] {
        var writes: [FeatureWrite] = []
        if field.value.array == nil {
            for (name, member) in try field.object().all {
                let key = try Self.key(Self.name(name), member)
                if name.hasPrefix(Self.reserved) {
                    notes.append("The feature '\(name)', by which units are held out, is taken over as '\(key)'.")
                }
                writes.append(FeatureWrite(.feature, key, try feature(member)))
            }
            return writes
        }
        for element in try field.elements() {
            let fields = try element.object()
            let key = try fields.required("id").identifier(maximumBytes: Features.maximumKeyBytes)
            guard fields.object["archived"]?.bool != true else {
                notes.append("The feature '\(key)' is archived, and is not taken over.")
                continue
            }
            let environments = try fields.required("environments")
            guard let own = try environments.object().optional(environment) else {
                throw environments.error(
                    "has no '\(environment)'; accepted are \(environments.value.object?.keys ?? [])"
                )
            }
            guard own.value["enabled"]?.bool != false else {
                notes.append("The feature '\(key)' is switched off in \(environment), and is not taken over.")
                continue
            }
            let written = try own.object().required("definition")
            guard let text = written.value.string, let definition = try? JSON.parse(text) else {
                throw written.error("is no JSON in a text")
            }
            var body = try feature(JSONField(definition, path: written.path)).object ?? [:]
            if let description = fields.object["description"]?.string, !description.isEmpty {
                body["description"] = .string(description)
            }
            writes.append(FeatureWrite(.feature, key, .object(body)))
        }
        return writes.sorted { $0.key < $1.key }
    }

    /// A definition of the SDK API: what an SDK looks at, with experiments by their names where they are ours.
    private func feature(_ field: JSONField) throws(FieldError) -> JSON {
        let fields = try field.object()
        var feature: JSONObject = ["defaultValue": fields.object["defaultValue"] ?? .null]
        let rules = try fields.optional("rules")?.elements(maximumCount: FeatureCheck.maximumRules) ?? []
        if !rules.isEmpty { feature["rules"] = .array(rules.map { rule(Self.renamed($0.value)) }) }
        for name in ["metadata", "description", "holdout"] {
            if let value = fields.object[name] { feature[name] = value }
        }
        return .object(feature)
    }

    /// GrowthBook's own features, which stand for holdouts, begin so; here those of Hookline do.
    private static let reserved = "$"

    private static func name(_ feature: String) -> String {
        feature.hasPrefix(reserved) ? String(feature.dropFirst(reserved.count)) : feature
    }

    /// A rule whose prerequisites have the names of here.
    private static func renamed(_ json: JSON) -> JSON {
        guard var rule = json.object, let parents = rule["parentConditions"]?.array else { return json }
        rule["parentConditions"] = .array(
            parents.map { parent in
                guard var object = parent.object, let id = object["id"]?.string else { return parent }
                object["id"] = .string(name(id))
                return .object(object)
            }
        )
        return .object(rule)
    }

    private func rule(_ json: JSON) -> JSON {
        guard let rule = json.object, let key = rule["key"]?.string, let variations = rule["variations"]?.array,
            let experiment = experiments[Identifier(unchecked: key)]?.definition, Self.deals(rule, as: experiment)
        else { return json }
        var named = JSONObject()
        for name in ["id", "condition", "parentConditions", "filters", "namespace"] {
            if let value = rule[name] { named[name] = value }
        }
        named["experiment"] = .string(key)
        named["values"] = .object(JSONObject(zip(experiment.variants, variations).map { ($0.text, $1) }))
        return .object(named)
    }

    /// Whether a rule gives every unit what an experiment of ours gives it.
    private static func deals(_ rule: JSONObject, as experiment: ExperimentDefinition) -> Bool {
        let compiled = FeatureExperiment(rule)
        let ranges = BucketRange.of(
            experiment.variants.count,
            coverage: experiment.coverage,
            weights: experiment.weights
        )
        return compiled.variations.count == experiment.variants.count
            && rule["hashVersion"]?.integer == 2 && rule["bucketVersion"] == nil && rule["fallbackAttribute"] == nil
            && compiled.ranges == ranges
            && (rule["seed"]?.string ?? compiled.key).hasSameBytes(as: experiment.seed)
            && compiled.hashAttribute == experiment.unit.attribute
            && experiment.variants.indices.allSatisfy { compiled.key(of: $0) == experiment.variants[$0].text }
    }
}
