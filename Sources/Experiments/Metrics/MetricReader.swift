public import HooklinePrimitives

/// Reads the JSON of a metric, as users write it and as it is kept.
///
///     {"name": "watched", "kind": "sum", "event": "watch", "property": "seconds", "where": {"device": "phone"},
///      "window_seconds": 604800, "cap": {"percentile": 0.99}, "covariate": {"days": 14}, "role": "goal"}
///
/// Or which named metric is used: `{"use": "watched", "version": 2, "role": "guardrail", "margin": 0.02}`.
///
/// Only what the kind has a use for is accepted; `MetricRules` checks the values.
public struct MetricReader {
    private let fields: JSONFields
    /// Whether Hookline itself has written it. Only then is its source read: users cannot claim one.
    private let isKept: Bool

    /// Reads a metric that a user writes out, or the use of a named one.
    public static func choice(_ field: JSONField) throws(FieldError) -> MetricChoice {
        guard field.value.object?["use"] != nil else { return .metric(try metric(field)) }
        let fields = try field.object()
        try fields.allowOnly("use", "version", "name", "role", "direction", "margin")
        return .use(
            MetricUse(
                try fields.required("use").identifier(maximumBytes: MetricRules.maximumNameBytes),
                version: try fields.optional("version")?.integer(in: versions),
                name: try fields.optional("name")?.identifier(maximumBytes: MetricRules.maximumNameBytes),
                role: try fields.optional("role")?.choice(),
                direction: try fields.optional("direction")?.choice(),
                margin: try fields.optional("margin")?.double()
            )
        )
    }

    /// Reads a metric that a user writes out, with its name. A text alone is the name of a metric that is observed
    /// directly.
    public static func metric(_ field: JSONField) throws(FieldError) -> Metric {
        try named(field, isKept: false)
    }

    /// Reads a metric as it is kept, with its source. Never to be used for what somebody sends.
    static func kept(_ field: JSONField) throws(FieldError) -> Metric {
        try named(field, isKept: true)
    }

    private static func named(_ field: JSONField, isKept: Bool) throws(FieldError) -> Metric {
        if field.value.string != nil {
            return Metric(try field.identifier(maximumBytes: MetricRules.maximumNameBytes), .observation)
        }
        let fields = try field.object()
        let name = try fields.required("name").identifier(maximumBytes: MetricRules.maximumNameBytes)
        return try MetricReader(fields: fields, isKept: isKept).metric(name, ["name"])
    }

    /// Reads all that a user writes out but the name, which `fields` may hold under any of these keys.
    public static func metric(
        _ fields: JSONFields,
        name: Identifier,
        besides others: [String] = ["name"]
    ) throws(FieldError) -> Metric {
        try MetricReader(fields: fields, isKept: false).metric(name, others)
    }

    private static let measured = ["delay_seconds", "window_seconds"]
    private static let judged = ["role", "direction", "margin"]
    private static let versions = 1...Int(Int32.max)

    /// The keys that a kind has a use for.
    private static func keys(of kind: Metric.Kind) -> [String] {
        switch kind {
        case .proportion: ["event", "where", "covariate"] + measured
        case .count: ["event", "where", "cap", "covariate"] + measured
        case .sum, .mean: ["event", "property", "where", "cap", "covariate"] + measured
        // A cap is refused by `MetricRules`, which say what is accepted in its place.
        case .ratio: ["numerator", "denominator", "cap", "covariate"] + measured
        case .quantile: ["event", "property", "where", "quantile", "of", "ignore_zeros"] + measured
        case .retention: ["event", "where", "from_day", "until_day", "covariate"]
        case .funnel: ["steps", "base", "covariate"] + measured
        case .observation: []
        }
    }

    private func metric(_ name: Identifier, _ others: [String]) throws(FieldError) -> Metric {
        let kind = try fields.optional("kind")?.choice(of: Metric.Kind.self) ?? .observation
        if !isKept, let source = fields.optional("source") {
            throw source.error("is noted by Hookline; accepted is the id of a named metric as \"use\", without a kind")
        }
        try allow(others + ["kind"] + Self.keys(of: kind) + Self.judged + (isKept ? ["source"] : []), kind)
        var metric = Metric(name, try measurement(kind))
        if let delay = fields.optional("delay_seconds") {
            metric.delayMilliseconds = try Self.milliseconds(delay, perUnit: 1000, from: 0)
        }
        if let window = fields.optional("window_seconds") {
            metric.windowMilliseconds = try Self.milliseconds(window, perUnit: 1000, from: 0.001)
        }
        if let cap = fields.optional("cap") { metric.cap = try Self.cap(cap) }
        if let covariate = fields.optional("covariate") { metric.covariate = try Self.covariate(covariate) }
        metric.role = try fields.optional("role")?.choice() ?? .goal
        metric.direction = try fields.optional("direction")?.choice() ?? .increase
        metric.margin = try fields.optional("margin")?.double()
        if let source = try fields.optional("source")?.object() {
            try source.allowOnly("id", "version")
            metric.source = Metric.Source(
                id: try source.required("id").identifier(),
                version: try source.required("version").integer(in: Self.versions)
            )
        }
        return metric
    }

    private func allow(_ accepted: [String], _ kind: Metric.Kind) throws(FieldError) {
        let known = Set(accepted.map(Identifier.init(unchecked:)))
        for (name, field) in fields.all where !known.contains(Identifier(unchecked: name)) {
            // What is null is not there.
            if field.value.isNull { continue }
            throw field.error(
                "has no use for the kind \(kind.rawValue); accepted are \(accepted.joined(separator: ", "))"
            )
        }
    }

    private func measurement(_ kind: Metric.Kind) throws(FieldError) -> Metric.Measurement {
        switch kind {
        case .observation: return .observation
        case .proportion: return .proportion(of: try selection())
        case .count: return .count(of: try selection())
        case .sum: return .sum(of: try selection(), property: try property())
        case .mean: return .mean(of: try selection(), property: try property())
        case .ratio:
            return .ratio(try total(fields.required("numerator")), try total(fields.required("denominator")))
        case .quantile: return try quantile()
        case .retention:
            let days = 0...MetricRules.maximumDays
            return .retention(
                of: try selection(),
                fromDay: try fields.required("from_day").integer(in: days),
                untilDay: try fields.required("until_day").integer(in: days)
            )
        case .funnel:
            var steps: [EventSelection] = []
            for step in try fields.required("steps").elements(maximumCount: MetricRules.maximumSteps) {
                let step = try step.object()
                try step.allowOnly("event", "where")
                steps.append(try Self.selection(step))
            }
            return .funnel(steps, base: try fields.optional("base")?.choice() ?? .exposed)
        }
    }

    private enum QuantileOf: String, CaseIterable { case events, units }

    private func quantile() throws(FieldError) -> Metric.Measurement {
        let quantile = try fields.required("quantile").double()
        let ignoringZeros = try fields.optional("ignore_zeros")?.bool()
        switch try fields.optional("of")?.choice(of: QuantileOf.self) ?? .events {
        case .events:
            if ignoringZeros != nil {
                throw try fields.required("ignore_zeros").error(
                    "has no use for events; accepted with \"of\": \"units\""
                )
            }
            return .eventQuantile(quantile, of: try selection(), property: try property())
        case .units:
            let total = EventTotal(try selection(), property: try fields.optional("property")?.string())
            return .unitQuantile(quantile, of: total, ignoringZeros: ignoringZeros ?? false)
        }
    }

    // MARK: Parts

    private func selection() throws(FieldError) -> EventSelection { try Self.selection(fields) }

    private func property() throws(FieldError) -> String { try fields.required("property").string() }

    private static func selection(_ fields: JSONFields) throws(FieldError) -> EventSelection {
        let event = try fields.required("event").identifier()
        guard let filter = fields.optional("where") else { return EventSelection(event) }
        return EventSelection(event, where: try JSONFilter(filter.value, path: filter.path))
    }

    private func total(_ field: JSONField) throws(FieldError) -> EventTotal {
        let fields = try field.object()
        try fields.allowOnly("event", "property", "where", "cap")
        return EventTotal(
            try Self.selection(fields),
            property: try fields.optional("property")?.string(),
            cap: try fields.optional("cap")?.double()
        )
    }

    private static func cap(_ field: JSONField) throws(FieldError) -> Metric.Cap {
        guard field.value.object != nil else { return .value(try field.double()) }
        let fields = try field.object()
        try fields.allowOnly("percentile", "ignore_zeros")
        return .percentile(
            try fields.required("percentile").double(),
            ignoringZeros: try fields.optional("ignore_zeros")?.bool() ?? false
        )
    }

    private static func covariate(_ field: JSONField) throws(FieldError) -> Metric.Covariate {
        let fields = try field.object()
        try fields.allowOnly("days", "event", "property", "where", "cap")
        var covariate = Metric.Covariate()
        if let days = fields.optional("days") {
            covariate.lookBackMilliseconds = try milliseconds(days, perUnit: 86_400_000, from: 0.001)
        }
        covariate.cap = try fields.optional("cap")?.double()
        if fields.optional("event") != nil {
            covariate.total = EventTotal(try selection(fields), property: try fields.optional("property")?.string())
        } else if let other = fields.optional("property") ?? fields.optional("where") {
            throw other.error("has no use without event; accepted is the event that the covariate adds up beside it")
        }
        return covariate
    }

    private static func milliseconds(
        _ field: JSONField,
        perUnit: Double,
        from least: Double
    ) throws(FieldError) -> Int64 {
        let longest = Double(MetricRules.maximumWindowMilliseconds) / perUnit
        return Int64((try field.double(in: least...longest) * perUnit).rounded())
    }
}
