import HooklinePrimitives
import HooklineWebhooks

/// Svix's `EventTypeIn`, `EventTypeUpsertIn`, `EventTypePatch` and `EventTypeOut`.
struct SvixEventTypeBody {
    let name: Identifier?
    let description: String?
    let isArchived: Bool?
    let schema: SchemaChange

    /// What becomes of the schema.
    enum SchemaChange: Equatable {
        case none
        case removed
        case set(RawJSON)
    }

    init(_ fields: JSONFields) throws(FieldError) {
        try fields.allowOnly(
            "name",
            "description",
            "archived",
            "deprecated",
            "schemas",
            "groupName",
            "featureFlag",
            "featureFlags"
        )
        for name in ["groupName", "featureFlag", "featureFlags"] { try fields.refuse(name, "is not supported") }
        if let field = fields.optional("deprecated"), try field.bool() {
            throw field.error("is not supported; archive the type instead")
        }
        name = try fields.optional("name").map { (field) throws(FieldError) in try EventTypeName.read(field) }
        description = try fields.optional("description")?.string()
        isArchived = try fields.optional("archived")?.bool()
        schema = try Self.schema(fields)
    }

    /// The schema of the highest version. Hookline keeps one.
    private static func schema(_ fields: JSONFields) throws(FieldError) -> SchemaChange {
        guard fields.contains("schemas") else { return .none }
        let versions = try fields.optional("schemas")?.object().all ?? []
        var newest: (version: Int, field: JSONField)?
        for (name, field) in versions {
            guard let version = Int(name), version >= 0 else {
                throw field.error("is under a name that is no version; accepted are whole numbers such as \"1\"")
            }
            if newest.map({ version > $0.version }) ?? true { newest = (version, field) }
        }
        guard let newest else { return .removed }
        _ = try newest.field.object()
        return .set(RawJSON(unchecked: newest.field.value.encoded()))
    }

    func schema(changing old: RawJSON?) -> RawJSON? {
        switch schema {
        case .none: old
        case .removed: nil
        case .set(let schema): schema
        }
    }

    static func json(_ type: EventType, withContent: Bool = true) -> JSON {
        [
            "name": JSON(type.name),
            "description": .string(type.description),
            "archived": .bool(type.isArchived),
            "deprecated": false,
            "schemas": withContent ? type.schema.map { ["1": .raw($0)] } ?? .null : .null,
            "groupName": nil,
            "featureFlag": nil,
            "featureFlags": nil,
            "createdAt": JSON(type.createdAt),
            "updatedAt": JSON(type.updatedAt),
        ]
    }
}
