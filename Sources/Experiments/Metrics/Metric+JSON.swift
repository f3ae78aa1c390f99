public import HooklinePrimitives

extension Metric {
    /// What `MetricReader` reads; the source it reads only of what is kept. Only what was set is there, but for the name, the
    /// kind, the role and the direction.
    public var json: JSONObject {
        var json: JSONObject = ["name": JSON(name), "kind": .string(kind.rawValue)]
        for member in measurement.json { json.append(member.key, member.value) }
        if delayMilliseconds != 0 { json.append("delay_seconds", .seconds(delayMilliseconds)) }
        if let windowMilliseconds { json.append("window_seconds", .seconds(windowMilliseconds)) }
        if let cap { json.append("cap", cap.json) }
        if let covariate { json.append("covariate", .object(covariate.json)) }
        json.append("role", .string(role.rawValue))
        json.append("direction", .string(direction.rawValue))
        if let margin { json.append("margin", .number(margin)) }
        if let source { json.append("source", ["id": JSON(source.id), "version": JSON(source.version)]) }
        return json
    }
}

extension Metric.Measurement {
    fileprivate var json: JSONObject {
        switch self {
        case .proportion(let selection), .count(let selection): return selection.json
        case .sum(let selection, let property), .mean(let selection, let property):
            return selection.json(property: property)
        case .ratio(let numerator, let denominator):
            return ["numerator": .object(numerator.json), "denominator": .object(denominator.json)]
        case .eventQuantile(let quantile, let selection, let property):
            var json = selection.json(property: property)
            json.append("quantile", .number(quantile))
            json.append("of", "events")
            return json
        case .unitQuantile(let quantile, let total, let ignoringZeros):
            var json = total.json
            json.append("quantile", .number(quantile))
            json.append("of", "units")
            json.append("ignore_zeros", .bool(ignoringZeros))
            return json
        case .retention(let selection, let fromDay, let untilDay):
            var json = selection.json
            json.append("from_day", JSON(fromDay))
            json.append("until_day", JSON(untilDay))
            return json
        case .funnel(let steps, let base):
            return ["steps": .array(steps.map { .object($0.json) }), "base": .string(base.rawValue)]
        case .observation: return [:]
        }
    }
}

extension EventSelection {
    fileprivate var json: JSONObject {
        var json: JSONObject = ["event": JSON(event)]
        // Read again and not spliced in, so that whoever looks into the answer finds it.
        if let filter, let read = try? JSON.parse(filter.text) { json.append("where", read) }
        return json
    }

    fileprivate func json(property: String?) -> JSONObject {
        var json = json
        if let property { json.append("property", .string(property)) }
        return json
    }
}

extension EventTotal {
    fileprivate var json: JSONObject {
        var json = selection.json(property: property)
        if let cap { json.append("cap", .number(cap)) }
        return json
    }
}

extension Metric.Cap {
    fileprivate var json: JSON {
        switch self {
        case .value(let value): .number(value)
        case .percentile(let percentile, let ignoringZeros):
            ["percentile": .number(percentile), "ignore_zeros": .bool(ignoringZeros)]
        }
    }
}

extension Metric.Covariate {
    fileprivate var json: JSONObject {
        var json: JSONObject = ["days": .number(Double(lookBackMilliseconds) / 86_400_000)]
        for member in total?.json ?? [:] { json.append(member.key, member.value) }
        if let cap { json.append("cap", .number(cap)) }
        return json
    }
}

extension JSON {
    fileprivate static func seconds(_ milliseconds: Int64) -> JSON { .number(Double(milliseconds) / 1000) }
}

extension Metric: Codable {
    private enum EarlierKeys: String, CodingKey { case name, kind, event, property, windowMilliseconds }

    /// Reads the JSON as text, and what earlier versions kept in its place.
    public init(from decoder: any Decoder) throws {
        if let text = try? decoder.singleValueContainer().decode(String.self) {
            self = try MetricReader.kept(JSONField(JSON.parse(text)))
            return
        }
        let container = try decoder.container(keyedBy: EarlierKeys.self)
        var json: JSONObject = [
            "name": .string(try container.decode(String.self, forKey: .name)),
            "kind": .string(try container.decode(String.self, forKey: .kind)),
        ]
        for key in [EarlierKeys.event, .property] {
            if let text = try container.decodeIfPresent(String.self, forKey: key) {
                json.append(key.rawValue, .string(text))
            }
        }
        self = try MetricReader.metric(JSONField(.object(json)))
        windowMilliseconds = try container.decodeIfPresent(Int64.self, forKey: .windowMilliseconds)
    }

    /// Writes the JSON as text.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(JSON.object(json).text)
    }
}
