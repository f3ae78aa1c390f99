import HooklinePrimitives
import HooklineWebhooks

/// Svix's `ApplicationIn`, `ApplicationPatch` and `ApplicationOut`.
struct SvixApplicationBody {
    /// Nil where it is not given.
    var name: String?
    var uid: String?
    /// Nil where it is not given.
    var metadata: JSONObject?

    static let maximumNameBytes = 256

    init(_ fields: JSONFields) throws(FieldError) {
        try fields.allowOnly("name", "uid", "metadata", "throttleRate", "rateLimit")
        for rate in ["throttleRate", "rateLimit"] {
            try fields.refuse(rate, "is of endpoints here, not of applications; give it to each endpoint")
        }
        if let field = fields.optional("name") {
            name = try field.identifier(maximumBytes: Self.maximumNameBytes).text
        }
        uid = try fields.optional("uid").map { (field) throws(FieldError) in
            try SvixUID.read(field, otherThan: SvixUID.applicationPrefix)
        }
        metadata = try fields.optional("metadata").map { (field) throws(FieldError) in
            try SvixMetadata.read(field)
        }
    }

    var metadataJSON: RawJSON { RawJSON(unchecked: JSON.object(metadata ?? JSONObject()).encoded()) }

    /// An application keeps the uid that it was made with, and without one its id.
    func check(uidOf id: Identifier) throws(FieldError) {
        guard let uid, Identifier(unchecked: uid) != id else { return }
        throw FieldError(field: "uid", problem: "cannot be changed here; accepted is the one it was created with")
    }

    static func json(_ tenant: Tenant) -> JSON {
        [
            "id": JSON(tenant.id),
            "uid": JSON(SvixUID.of(tenant)),
            "name": .string(tenant.name),
            "metadata": SvixMetadata.json(tenant.metadata),
            "throttleRate": nil,
            "rateLimit": nil,
            "createdAt": JSON(tenant.createdAt),
            "updatedAt": JSON(tenant.updatedAt),
        ]
    }
}
