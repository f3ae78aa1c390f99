import HooklinePrimitives
import HooklineWebhooks

/// A type of events, in and out.
struct EventTypeBody {
    let name: Identifier?
    let description: String
    let schema: RawJSON?
    let isArchived: Bool

    /// Reads the body of a request.
    ///
    /// - Parameters:
    ///   - body: of the request.
    ///   - isNamed: whether it has the name, which otherwise stands in the path.
    init(_ body: DocumentBody, isNamed: Bool) throws {
        try body.fields.allowOnly(oneOf: (isNamed ? ["name"] : []) + ["description", "schema", "archived"])
        name = isNamed ? try EventTypeName.read(body.fields.required("name")) : nil
        description = try body.fields.optional("description")?.string() ?? ""
        schema = try body.verbatim("schema", maximumBytes: Self.maximumSchemaBytes)
        isArchived = try body.fields.optional("archived")?.bool() ?? false
    }

    static let maximumSchemaBytes = JSONSchema.maximumBytes

    static func json(_ type: EventType) -> JSON {
        [
            "name": JSON(type.name),
            "description": .string(type.description),
            "schema": JSON(type.schema),
            "archived": .bool(type.isArchived),
            "built_in": .bool(type.isBuiltIn),
            "created_at": JSON(type.createdAt),
            "updated_at": JSON(type.updatedAt),
        ]
    }
}
