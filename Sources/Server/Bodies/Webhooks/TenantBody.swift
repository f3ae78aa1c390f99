import HooklinePrimitives
import HooklineWebhooks

/// A tenant, in and out.
struct TenantBody {
    let id: Identifier?
    let name: String?
    let metadata: RawJSON?

    static let maximumNameBytes = 1024
    static let maximumMetadataBytes = 16_384
    static let noMetadata = RawJSON(unchecked: "{}".utf8)

    /// Reads the body of a request.
    ///
    /// - Parameters:
    ///   - body: of the request.
    ///   - isNamed: whether it has the id, which otherwise stands in the path.
    init(_ body: DocumentBody, isNamed: Bool) throws {
        try body.fields.allowOnly(oneOf: (isNamed ? ["id"] : []) + ["name", "metadata"])
        id = isNamed ? try body.fields.required("id").identifier() : nil
        name = try body.fields.optional("name")?.string(maximumBytes: Self.maximumNameBytes)
        _ = try body.fields.optional("metadata")?.object()
        metadata = try body.verbatim("metadata", maximumBytes: Self.maximumMetadataBytes)
    }

    static func json(_ tenant: Tenant) -> JSON {
        [
            "id": JSON(tenant.id),
            "name": .string(tenant.name),
            "metadata": .raw(tenant.metadata),
            "created_at": JSON(tenant.createdAt),
            "updated_at": JSON(tenant.updatedAt),
        ]
    }
}
