public import HooklinePrimitives
public import HooklineStorage

/// The SQL of the log and of the projections' positions.
///
/// Appending is not offered inside a caller's transaction. A position that is drawn in one transaction and committed
/// late would be stepped over by a fold that has read a later one; so only `EventLog` appends, in transactions of its
/// own, one after another under `TransactionLock.eventLog`.
public struct EventStore: Sendable {
    let database: any Database

    public init(_ database: any Database) {
        self.database = database
    }

    // MARK: Reading

    /// The last position that was drawn, 0 where none was. It never goes back, also where the last events were removed.
    public func head() async throws -> Int64 {
        try await database.read { try head(in: $0) }
    }

    public func head(in transaction: any Transaction) throws -> Int64 {
        // One statement: two could see a removal between them.
        let row = try transaction.first(
            """
            SELECT (SELECT max(position) FROM hookline_events) AS head,
                (SELECT kept_head FROM hookline_event_log WHERE id = 1) AS kept_head
            """
        )
        return max(try row?.optionalInteger("head") ?? 0, try row?.optionalInteger("kept_head") ?? 0)
    }

    /// The events after a position, in log order, at most `limit`.
    public func events(after position: Int64, limit: Int) async throws -> [LoggedEvent] {
        try await database.read { try events(after: position, limit: limit, in: $0) }
    }

    public func events(after position: Int64, limit: Int, in transaction: any Transaction) throws -> [LoggedEvent] {
        try transaction.rows(
            """
            SELECT \(Self.columns) FROM hookline_events
            WHERE position > \(position) ORDER BY position LIMIT \(limit)
            """
        ).map(Self.event)
    }

    /// The first events of a viewer up to a position, in log order, at most `limit`.
    public func events(
        of user: Identifier,
        upTo position: Int64,
        limit: Int,
        in transaction: any Transaction
    ) throws -> [LoggedEvent] {
        try transaction.rows(
            """
            SELECT \(Self.columns) FROM hookline_events
            WHERE user_id = \(user) AND position <= \(position) ORDER BY position LIMIT \(limit)
            """
        ).map(Self.event)
    }

    /// Whether the log holds anything of a viewer.
    public func hasEvents(of user: Identifier, in transaction: any Transaction) throws -> Bool {
        try transaction.first("SELECT 1 AS found FROM hookline_events WHERE user_id = \(user) LIMIT 1") != nil
    }

    // MARK: Appending

    /// Takes the log's lock, and answers which of `ids` were stored at or after `moment`.
    func lockAndFindStored(
        _ ids: [Identifier],
        since moment: Timestamp,
        in transaction: any Transaction
    ) throws -> Set<Identifier> {
        try transaction.lock(.eventLog)
        var stored: Set<Identifier> = []
        for start in stride(from: 0, to: ids.count, by: Self.idsPerLookup) {
            let some = Array(ids[start..<min(start + Self.idsPerLookup, ids.count)])
            let rows = try transaction.rows(
                "SELECT id FROM hookline_events WHERE id \(in: some) AND received_at >= \(moment)"
            )
            for row in rows { stored.insert(try row.identifier("id")) }
        }
        return stored
    }

    /// Writes events at the positions that they carry. The caller holds the log's lock.
    func insert(_ events: [LoggedEvent], in transaction: any Transaction) throws {
        try transaction.insert(
            BulkInsert(
                into: "hookline_events",
                columns: [
                    .init("position", .integer), .init("id", .text), .init("type", .text), .init("user_id", .text),
                    .init("content_id", .text), .init("occurred_at", .integer), .init("received_at", .integer),
                    .init("properties", .text),
                ],
                rows: events.map { event in
                    [
                        .integer(event.position), .text(event.id.text), .text(event.type.text),
                        event.userID.storageValue, event.contentID.storageValue,
                        .integer(event.occurredAt.milliseconds), .integer(event.receivedAt.milliseconds),
                        event.properties.storageValue,
                    ]
                }
            )
        )
    }

    // MARK: Projections

    /// The position up to which a projection has folded, 0 where it has not begun.
    public func position(of projection: String) async throws -> Int64 {
        try await database.read { try position(of: projection, in: $0) }
    }

    public func position(of projection: String, in transaction: any Transaction) throws -> Int64 {
        try transaction.first("SELECT position FROM hookline_projections WHERE name = \(projection)")?
            .integer("position") ?? 0
    }

    /// The same, and no other transaction can move it until this one ends. Creates the row where it is missing.
    public func lockedPosition(of projection: String, in transaction: any Transaction) throws -> Int64 {
        let locked: Statement = "SELECT position FROM hookline_projections WHERE name = \(projection) \(.forUpdate)"
        if let row = try transaction.first(locked) { return try row.integer("position") }
        try transaction.execute(
            "INSERT INTO hookline_projections (name, position) VALUES (\(projection), 0) ON CONFLICT (name) DO NOTHING"
        )
        return try transaction.first(locked)?.integer("position") ?? 0
    }

    func setPosition(_ position: Int64, of projection: String, in transaction: any Transaction) throws {
        try transaction.execute("UPDATE hookline_projections SET position = \(position) WHERE name = \(projection)")
    }

    // MARK: Rows

    static let columns: Statement =
        "position, id, type, user_id, content_id, occurred_at, received_at, properties"
    static let idsPerLookup = 512

    static func event(_ row: Row) throws -> LoggedEvent {
        LoggedEvent(
            position: try row.integer("position"),
            id: try row.identifier("id"),
            type: try row.identifier("type"),
            userID: try row.optionalIdentifier("user_id"),
            contentID: try row.optionalIdentifier("content_id"),
            occurredAt: try row.timestamp("occurred_at"),
            receivedAt: try row.timestamp("received_at"),
            properties: try row.optionalText("properties")
        )
    }
}
