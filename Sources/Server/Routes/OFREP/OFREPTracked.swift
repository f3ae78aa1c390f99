import HooklineEvents
import HooklineExperiments
import HooklinePrimitives

/// One thing that a client tracks: what a unit did, as OpenFeature's `track` has it, or that it was shown a flag.
enum OFREPTracked {
    case event(EngagementEvent)
    case shown(Identifier, EvaluationContext)

    /// - Throws: `FieldError`.
    init(_ field: JSONField, receivedAt now: Timestamp) throws {
        let fields = try field.object()
        if let flag = fields.optional("flag") {
            try fields.allowOnly("flag", "context")
            self = .shown(try flag.identifier(), try Self.context(fields))
            return
        }
        try fields.allowOnly("id", "name", "context", "value", "details", "timestamp")
        let name = try fields.required("name")
        let type = try name.identifier(maximumBytes: EngagementEvent.maximumTypeBytes)
        guard type != ExperimentEvents.exposure, !type.text.hasPrefix(EngagementEvent.reservedTypePrefix) else {
            throw name.error("is a name of Hookline's own; that a flag was shown is told as 'flag'")
        }
        let attributes = try Self.context(fields).attributes
        guard let user = attributes[EvaluationContext.userAttribute]?.string, let user = try? Identifier(user) else {
            throw FieldError(field: "context.targetingKey", problem: "is missing, or no identifier")
        }
        let content = try? attributes[EvaluationContext.contentAttribute]?.string.map { try Identifier($0) }
        var properties = try fields.optional("details")?.object().object ?? [:]
        if let value = fields.optional("value") { properties["value"] = .number(try value.double()) }
        let text = JSON.object(properties).text
        guard text.utf8.count <= EngagementEvent.maximumPropertiesBytes else {
            throw FieldError(
                field: "details",
                problem: "are longer than \(EngagementEvent.maximumPropertiesBytes) bytes with the value"
            )
        }
        let moment = try fields.optional("timestamp")?.timestamp()
        if let moment { try UntimedEvent.check(moment, receivedAt: now) }
        self = .event(
            EngagementEvent(
                id: try fields.optional("id")?.identifier(),
                type: type,
                userID: user,
                contentID: content,
                occurredAt: moment ?? now,
                properties: properties.isEmpty ? nil : text
            )
        )
    }

    private static func context(_ fields: JSONFields) throws -> EvaluationContext {
        do {
            return try OFREPBody.context(in: fields.object)
        } catch {
            throw FieldError(field: "context", problem: "is not accepted. \(error.details)")
        }
    }
}
