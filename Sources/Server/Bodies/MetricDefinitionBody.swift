import HooklineExperiments
import HooklinePrimitives

/// A named metric, in and out: a metric with an id in place of the name.
enum MetricDefinitionBody {
    static func definition(_ json: JSON) throws -> (metric: Metric, description: String) {
        let body = try JSONField(json).object()
        let id = try body.required("id").identifier(maximumBytes: MetricRules.maximumNameBytes)
        let description = try body.optional("description")?.string() ?? ""
        return (try MetricReader.metric(body, name: id, besides: ["id", "description"]), description)
    }

    /// What somebody wants to change: members take the place of those that the definition has, null takes them out, and
    /// what is missing stays (RFC 7396, for the members of the body itself).
    struct Change: Sendable {
        /// Nil leaves it as it is.
        let description: String?
        private let members: JSONObject

        init(_ json: JSON) throws(FieldError) {
            let body = try JSONField(json).object()
            description = body.contains("description") ? try body.optional("description")?.string() ?? "" : nil
            var members = body.object
            members["description"] = nil
            self.members = members
        }

        func apply(to metric: inout Metric) throws(FieldError) {
            guard !members.isEmpty else { return }
            var json = metric.json
            json["name"] = nil
            for member in members { json[member.key] = member.value.isNull ? nil : member.value }
            metric = try MetricReader.metric(JSONFields(json), name: metric.name, besides: ["description"])
        }
    }

    // MARK: Out

    static func json(_ definition: MetricDefinition) -> JSON {
        var json = json(definition.metric, definition.version, definition.description)
        json.append("created_at", JSON(definition.createdAt))
        json.append("updated_at", JSON(definition.updatedAt))
        json.append("archived_at", JSON(definition.archivedAt))
        return .object(json)
    }

    static func json(_ version: MetricVersion) -> JSON {
        var json = json(version.metric, version.version, version.description)
        json.append("created_at", JSON(version.createdAt))
        return .object(json)
    }

    private static func json(_ metric: Metric, _ version: Int, _ description: String) -> JSONObject {
        var json: JSONObject = [
            "id": JSON(metric.name), "version": JSON(version), "description": .string(description),
        ]
        for member in metric.json where member.key != "name" { json.append(member.key, member.value) }
        return json
    }

    static func json(_ usage: MetricUsage) -> JSON {
        [
            "experiment_id": JSON(usage.experiment), "version": JSON(usage.experimentVersion),
            "metric": JSON(usage.metric), "metric_version": JSON(usage.metricVersion),
        ]
    }
}
