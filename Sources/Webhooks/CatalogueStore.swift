public import HooklinePrimitives
public import HooklineStorage

/// The SQL of event types, tenants, and the revision that tells of changes.
public struct CatalogueStore: Sendable {
    let database: any Database

    public init(_ database: any Database) {
        self.database = database
    }

    // MARK: Revision

    /// The number of changes of event types and subscriptions so far.
    func revision(in transaction: any Transaction) throws -> Int64 {
        try transaction.first("SELECT revision FROM hookline_webhook_revision WHERE id = 1")?.integer("revision") ?? 0
    }

    /// Counts a change, and answers its number. Changes wait for each other, so numbers are visible in their order.
    func nextRevision(in transaction: any Transaction) throws -> Int64 {
        try transaction.execute("UPDATE hookline_webhook_revision SET revision = revision + 1 WHERE id = 1")
        return try revision(in: transaction)
    }

    // MARK: Event types

    /// Adds the types that Hookline knows, where they are missing.
    func addBuiltIn(at now: Timestamp, in transaction: any Transaction) throws {
        let added = try transaction.insert(
            BulkInsert(
                into: "hookline_webhook_event_types",
                columns: [
                    .init("name", .text), .init("description", .text), .init("is_archived", .integer),
                    .init("created_at", .integer), .init("updated_at", .integer),
                ],
                conflict: .ignore(key: ["name"]),
                rows: EventType.builtIn.map { name, description in
                    [.text(name.text), .text(description), .integer(0), now.storageValue, now.storageValue]
                }
            )
        )
        if added > 0 { _ = try nextRevision(in: transaction) }
    }

    func eventType(_ name: Identifier, in transaction: any Transaction) throws -> EventType? {
        try transaction.first("\(Self.selection) WHERE name = \(name)").map(Self.eventType)
    }

    func eventTypes(_ page: PageRequest, in transaction: any Transaction) throws -> Page<EventType> {
        let found = try transaction.rows(
            "\(Self.selection) WHERE name > \(page.after ?? "") ORDER BY name LIMIT \(page.limit + 1)"
        ).map(Self.eventType)
        return Page(found, of: page) { $0.name.text }
    }

    func allEventTypes(in transaction: any Transaction) throws -> [EventType] {
        try transaction.rows("\(Self.selection) ORDER BY name").map(Self.eventType)
    }

    func eventTypeCount(in transaction: any Transaction) throws -> Int {
        Int(try transaction.first("SELECT count(*) AS total FROM hookline_webhook_event_types")?.integer("total") ?? 0)
    }

    /// Adds a type, or changes one that exists and may be replaced. Answers whether it is new.
    ///
    /// Of those who add a type at the same time one finds it new: changes wait for each other.
    ///
    /// - Throws: `WebhookError.eventTypeExists` where it may not be replaced.
    @discardableResult
    func save(
        _ type: EventTypeDraft,
        replacing replaceable: ReplaceableEventTypes,
        at now: Timestamp,
        in transaction: any Transaction
    ) throws -> Bool {
        // First, so that what follows sees what the change before it did.
        _ = try nextRevision(in: transaction)
        let added = try transaction.execute(
            """
            INSERT INTO hookline_webhook_event_types (name, description, schema, is_archived, created_at, updated_at)
            VALUES (\(type.name), \(type.description), \(type.schema?.text), \(type.isArchived), \(now), \(now))
            ON CONFLICT (name) DO NOTHING
            """
        )
        guard added == 0 else { return true }
        guard replaceable != .none else { throw WebhookError.eventTypeExists(type.name) }
        var change: Statement = """
            UPDATE hookline_webhook_event_types
            SET description = \(type.description), schema = \(type.schema?.text), is_archived = \(type.isArchived),
                updated_at = \(now)
            WHERE name = \(type.name)
            """
        if replaceable == .archived { change += " AND is_archived = 1" }
        guard try transaction.execute(change) == 1 else { throw WebhookError.eventTypeExists(type.name) }
        return false
    }

    @discardableResult
    func deleteEventType(_ name: Identifier, in transaction: any Transaction) throws -> Bool {
        let deleted = try transaction.execute("DELETE FROM hookline_webhook_event_types WHERE name = \(name)")
        if deleted > 0 { _ = try nextRevision(in: transaction) }
        return deleted > 0
    }

    private static let selection: Statement = """
        SELECT name, description, schema, is_archived, created_at, updated_at FROM hookline_webhook_event_types
        """

    private static func eventType(_ row: Row) throws -> EventType {
        EventType(
            name: try row.identifier("name"),
            description: try row.text("description"),
            schema: try row.optionalText("schema").map { RawJSON(unchecked: $0.utf8) },
            isArchived: try row.flag("is_archived"),
            createdAt: try row.timestamp("created_at"),
            updatedAt: try row.timestamp("updated_at")
        )
    }

    // MARK: Tenants

    func add(_ tenant: Tenant, in transaction: any Transaction) throws {
        let added = try transaction.execute(
            """
            INSERT INTO hookline_webhook_tenants (id, name, metadata, created_at, updated_at)
            VALUES (\(tenant.id), \(tenant.name), \(tenant.metadata.text), \(tenant.createdAt), \(tenant.updatedAt))
            ON CONFLICT (id) DO NOTHING
            """
        )
        guard added == 1 else { throw WebhookError.tenantExists(tenant.id) }
    }

    func update(_ tenant: Tenant, in transaction: any Transaction) throws {
        let changed = try transaction.execute(
            """
            UPDATE hookline_webhook_tenants
            SET name = \(tenant.name), metadata = \(tenant.metadata.text), updated_at = \(tenant.updatedAt)
            WHERE id = \(tenant.id)
            """
        )
        guard changed == 1 else { throw WebhookError.unknownTenant(tenant.id) }
    }

    func tenant(_ id: Identifier, in transaction: any Transaction) throws -> Tenant {
        guard let row = try transaction.first("\(Self.tenantSelection) WHERE id = \(id)") else {
            throw WebhookError.unknownTenant(id)
        }
        return try Self.tenant(row)
    }

    func tenants(_ page: PageRequest, in transaction: any Transaction) throws -> Page<Tenant> {
        let found = try transaction.rows(
            "\(Self.tenantSelection) WHERE id > \(page.after ?? "") ORDER BY id LIMIT \(page.limit + 1)"
        ).map(Self.tenant)
        return Page(found, of: page) { $0.id.text }
    }

    func deleteTenant(_ id: Identifier, in transaction: any Transaction) throws {
        let deleted = try transaction.execute("DELETE FROM hookline_webhook_tenants WHERE id = \(id)")
        guard deleted == 1 else { throw WebhookError.unknownTenant(id) }
    }

    private static let tenantSelection: Statement =
        "SELECT id, name, metadata, created_at, updated_at FROM hookline_webhook_tenants"

    private static func tenant(_ row: Row) throws -> Tenant {
        Tenant(
            id: try row.identifier("id"),
            name: try row.text("name"),
            metadata: RawJSON(unchecked: try row.text("metadata").utf8),
            createdAt: try row.timestamp("created_at"),
            updatedAt: try row.timestamp("updated_at")
        )
    }
}

/// An event type that is to be saved.
struct EventTypeDraft: Sendable {
    let name: Identifier
    let description: String
    let schema: RawJSON?
    let isArchived: Bool
}

/// Which event types that exist may be replaced by one of their name.
enum ReplaceableEventTypes: Sendable {
    case none
    /// Those that are no longer offered.
    case archived
    case all
}

/// A customer of the studio who has subscriptions and events of their own.
public struct Tenant: Sendable, Equatable {
    public let id: Identifier
    public let name: String
    /// A JSON object, verbatim.
    public let metadata: RawJSON
    public let createdAt: Timestamp
    public let updatedAt: Timestamp

    public init(
        id: Identifier,
        name: String,
        metadata: RawJSON = RawJSON(unchecked: "{}".utf8),
        createdAt: Timestamp,
        updatedAt: Timestamp
    ) {
        self.id = id
        self.name = name
        self.metadata = metadata
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}
