import HooklineExperiments
import HooklinePrimitives

/// The definition of an experiment, in and out.
enum ExperimentBody {
    /// A definition, and the metrics that it is to have.
    static func definition(_ json: JSON) throws -> (definition: ExperimentDefinition, metrics: [MetricChoice]) {
        let body = try JSONField(json).object()
        try body.allowOnly(
            "id",
            "name",
            "description",
            "variants",
            "split",
            "metrics",
            "dimensions",
            "plan",
            "halt_on_breach",
            "coverage",
            "unit",
            "seed",
            "control"
        )
        var definition = try ExperimentDefinition(
            id: body.required("id").identifier(maximumBytes: ExperimentRules.maximumIDBytes),
            name: body.required("name").string(),
            description: body.optional("description")?.string() ?? "",
            variants: variants(body.required("variants")),
            split: body.optional("split").map(split),
            dimensions: body.optional("dimensions").map(dimensions) ?? [],
            coverage: body.optional("coverage")?.double() ?? 1,
            unit: body.optional("unit").map(unit) ?? .user,
            seed: body.optional("seed")?.string(),
            control: body.optional("control")?.identifier()
        )
        // What follows is checked together with the metrics.
        definition.plan = try body.optional("plan").map(plan)
        definition.haltsOnBreach = try body.optional("halt_on_breach")?.bool() ?? false
        return (definition, try body.optional("metrics").map(metrics) ?? [])
    }

    static func change(_ json: JSON) throws -> ExperimentChange {
        let body = try JSONField(json).object()
        try body.allowOnly(
            "name",
            "description",
            "variants",
            "split",
            "metrics",
            "dimensions",
            "plan",
            "halt_on_breach",
            "coverage",
            "unit",
            "seed",
            "control"
        )
        var change = ExperimentChange()
        change.name = try body.optional("name")?.string()
        change.description = try body.optional("description")?.string()
        change.variants = try body.optional("variants").map(variants)
        change.split = try body.optional("split").map(split)
        change.metrics = try body.optional("metrics").map(metrics)
        change.dimensions = try body.optional("dimensions").map(dimensions)
        if body.contains("plan") { change.plan = .some(try body.optional("plan").map(plan)) }
        change.haltsOnBreach = try body.optional("halt_on_breach")?.bool()
        change.coverage = try body.optional("coverage")?.double()
        change.unit = try body.optional("unit").map(unit)
        change.seed = try body.optional("seed")?.string()
        change.control = try body.optional("control")?.identifier()
        return change
    }

    // MARK: Parts

    private static func variants(_ field: JSONField) throws -> [Identifier] {
        try field.elements().map { try $0.identifier(maximumBytes: ExperimentRules.maximumVariantBytes) }
    }

    private static func split(_ field: JSONField) throws -> [Identifier: Double] {
        var split: [Identifier: Double] = [:]
        for (name, weight) in try field.object().all {
            guard let variant = try? Identifier(name) else { throw weight.error("is no name of a variant") }
            split[variant] = try weight.double()
        }
        return split
    }

    private static func unit(_ field: JSONField) throws -> ExperimentUnit {
        let accepted = "accepted are \"user\", \"content\", \"external\" and {\"attribute\": NAME}"
        switch field.value {
        case .string("user"): return .user
        case .string("content"): return .content
        case .string("external"): return .external
        case .object:
            let fields = try field.object()
            try fields.allowOnly("attribute")
            return .attribute(try fields.required("attribute").identifier())
        case .string(let text): throw field.error("is '\(text)'; \(accepted)")
        default: throw field.error("has the wrong type; \(accepted)")
        }
    }

    private static func metrics(_ field: JSONField) throws -> [MetricChoice] {
        try field.elements().map(MetricReader.choice)
    }

    private static func dimensions(_ field: JSONField) throws -> [Identifier] {
        try field.elements().map { try $0.identifier(maximumBytes: MetricRules.maximumPropertyBytes) }
    }

    private static func plan(_ field: JSONField) throws -> ExperimentPlan {
        let body = try field.object()
        try body.allowOnly("units", "analyses", "alpha", "power", "minimum_effect", "metric")
        return ExperimentPlan(
            units: Int64(try body.required("units").integer()),
            analyses: try body.optional("analyses")?.integer() ?? 1,
            alpha: try body.optional("alpha")?.double() ?? ExperimentPlan.defaultAlpha,
            power: try body.optional("power")?.double() ?? ExperimentPlan.defaultPower,
            minimumEffect: try body.optional("minimum_effect")?.double(),
            metric: try body.optional("metric")?.identifier()
        )
    }

    // MARK: Out

    static func json(_ experiment: Experiment) -> JSONObject {
        let definition = experiment.definition
        let buckets: [Int]? = definition.unit == .external ? nil : definition.allocation.realisedBuckets
        return [
            "id": .string(definition.id.text),
            "name": .string(definition.name),
            "description": .string(definition.description),
            "state": .string(experiment.state.rawValue),
            "version": JSON(experiment.version),
            "unit": json(definition.unit),
            "seed": .string(definition.seed),
            "coverage": .number(definition.coverage),
            "control": .string(definition.control.text),
            "variants": .array(
                definition.variants.indices.map { index in
                    [
                        "key": .string(definition.variants[index].text),
                        "weight": .number(definition.weights[index]),
                        "buckets": JSON(buckets?[index]),
                    ]
                }
            ),
            "metrics": .array(definition.metrics.map { .object($0.json) }),
            "added_metrics": .array(experiment.added.map(json)),
            "dimensions": .array(definition.dimensions.map { JSON($0) }),
            "plan": definition.plan.map { .object(json($0)) } ?? .null,
            "halt_on_breach": .bool(definition.haltsOnBreach),
            "halted": .array(
                experiment.halted.map { arm in
                    ["variant": JSON(arm.variant), "at": JSON(arm.at), "reason": .string(arm.reason)]
                }
            ),
            "winner": JSON(experiment.winner),
            "created_at": JSON(experiment.createdAt),
            "updated_at": JSON(experiment.updatedAt),
            "started_at": JSON(experiment.startedAt),
            "concluded_at": JSON(experiment.concludedAt),
        ]
    }

    private static func json(_ plan: ExperimentPlan) -> JSONObject {
        [
            "units": JSON(plan.units),
            "analyses": JSON(plan.analyses),
            "alpha": .number(plan.alpha),
            "power": .number(plan.power),
            "minimum_effect": JSON(plan.minimumEffect),
            "metric": JSON(plan.metric),
        ]
    }

    private static func json(_ unit: ExperimentUnit) -> JSON {
        switch unit {
        case .user: "user"
        case .content: "content"
        case .external: "external"
        case .attribute(let name): ["attribute": .string(name.text)]
        }
    }

    private static func json(_ added: Experiment.AddedMetric) -> JSON {
        var json = added.metric.json
        json.append("added_at", JSON(added.addedAt))
        json.append("built", .bool(added.isBuilt))
        return .object(json)
    }
}
