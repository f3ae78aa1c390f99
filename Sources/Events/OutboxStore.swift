public import HooklinePrimitives
public import HooklineStorage

/// The SQL of domain events.
public struct OutboxStore: Sendable {
    let database: any Database

    public init(_ database: any Database) {
        self.database = database
    }

    // MARK: Enqueuing

    /// Adds an event in the caller's transaction, which then saves the change and announces it, or neither.
    ///
    /// - Throws: `OutboxError.idReused` and `.invalid`; `StorageError.conflict` where another transaction enqueued the id
    ///   at the same time: roll back and try again.
    public func enqueue(
        _ event: DomainEvent,
        at now: Timestamp,
        in transaction: any Transaction
    ) throws -> EnqueuedEvent {
        try enqueue([[event]], at: now, in: transaction)[0].get()[0]
    }

    /// Adds the events of several calls, each call's all or none.
    func enqueue(
        _ calls: [[DomainEvent]],
        at now: Timestamp,
        in transaction: any Transaction
    ) throws -> [Result<[EnqueuedEvent], OutboxError>] {
        let given = Set(calls.joined().compactMap(\.id)).sorted()
        var plan = EnqueuePlan(stored: try stored(given, in: transaction), at: now)
        let answers = calls.map { plan.add($0) }
        guard !plan.events.isEmpty else { return answers }
        let written = try transaction.insert(Self.insertion(of: plan.events, at: now))
        guard written == plan.events.count else {
            // Another transaction has enqueued one of the ids since it was looked for, and committed.
            throw StorageError.conflict(code: "id enqueued meanwhile")
        }
        return answers
    }

    private func stored(_ ids: [Identifier], in transaction: any Transaction) throws -> [Identifier: DomainEvent] {
        guard !ids.isEmpty else { return [:] }
        let rows = try transaction.rows(
            "SELECT \(Self.columns) FROM hookline_domain_events WHERE id \(in: ids)"
        )
        return Dictionary(
            try rows.map { (try $0.identifier("id"), try Self.event($0)) },
            uniquingKeysWith: { first, _ in first }
        )
    }

    private static func insertion(
        of events: [(id: Identifier, event: DomainEvent)],
        at now: Timestamp
    ) -> BulkInsert {
        BulkInsert(
            into: "hookline_domain_events",
            columns: [
                .init("id", .text), .init("type", .text), .init("tenant", .text), .init("payload", .text),
                .init("channels", .text), .init("ordering_key", .text), .init("occurred_at", .integer),
                .init("received_at", .integer),
            ],
            conflict: .ignore(key: ["id"]),
            rows: events.map { id, event in
                [
                    .text(id.text), .text(event.type.text), event.tenant.storageValue, .text(event.payload.text),
                    encoded(event.channels), event.orderingKey.storageValue, event.occurredAt.storageValue,
                    now.storageValue,
                ]
            }
        )
    }

    // MARK: Dispatching

    /// Gives the events that wait their positions, in the order in which they were enqueued, at most so many. The
    /// positions are visible when the transaction commits, before any later one.
    public func take(_ limit: Int, in transaction: any Transaction) throws -> [DispatchedEvent] {
        try transaction.lock(.outbox)
        let rows = try transaction.rows(
            """
            SELECT sequence, \(Self.columns) FROM hookline_domain_events
            WHERE position IS NULL ORDER BY sequence LIMIT \(limit)
            """
        )
        guard !rows.isEmpty else { return [] }
        let head = try head(in: transaction)
        try transaction.update(
            BulkUpdate(
                of: "hookline_domain_events",
                key: [.init("sequence", .integer)],
                setting: [.init("position", .integer)],
                rows: rows.enumerated().map { [.integer(try $1.integer("sequence")), .integer(head + Int64($0) + 1)] }
            )
        )
        try transaction.execute("UPDATE hookline_outbox SET position = \(head + Int64(rows.count)) WHERE id = 1")
        return try rows.enumerated().map { try Self.dispatched($1, position: head + Int64($0) + 1) }
    }

    /// Notes why an event is delivered to nobody.
    public func refuse(_ position: Int64, because reason: String, in transaction: any Transaction) throws {
        try transaction.execute("UPDATE hookline_domain_events SET refusal = \(reason) WHERE position = \(position)")
    }

    /// The last position that was given out, 0 before the first.
    public func head(in transaction: any Transaction) throws -> Int64 {
        try transaction.first("SELECT position FROM hookline_outbox WHERE id = 1")?.integer("position") ?? 0
    }

    /// How many events wait for their position.
    public func waiting(in transaction: any Transaction) throws -> Int64 {
        try transaction.first("SELECT count(*) AS waiting FROM hookline_domain_events WHERE position IS NULL")?
            .integer("waiting") ?? 0
    }

    // MARK: Reading

    /// - Returns: nil where there is no such event, or it waits for its position.
    public func event(_ id: Identifier, in transaction: any Transaction) throws -> DispatchedEvent? {
        try transaction.first(
            """
            SELECT position, \(Self.columns) FROM hookline_domain_events WHERE id = \(id) AND position IS NOT NULL
            """
        ).map { try Self.dispatched($0, position: try $0.integer("position")) }
    }

    /// An event that was accepted and when, whether it has its position yet or not; nil where there is none.
    public func accepted(
        _ id: Identifier,
        in transaction: any Transaction
    ) throws -> (event: DomainEvent, receivedAt: Timestamp)? {
        try transaction.first("SELECT \(Self.columns) FROM hookline_domain_events WHERE id = \(id)").map {
            (try Self.event($0), try $0.timestamp("received_at"))
        }
    }

    /// Whether an event waits for its position.
    public func isWaiting(_ id: Identifier, in transaction: any Transaction) throws -> Bool {
        try transaction.first("SELECT 1 AS one FROM hookline_domain_events WHERE id = \(id) AND position IS NULL")
            != nil
    }

    /// The events at some positions, in no particular order.
    public func events(at positions: [Int64], in transaction: any Transaction) throws -> [DispatchedEvent] {
        try stride(from: 0, to: positions.count, by: Self.positionsPerQuery).flatMap { start in
            try transaction.rows(
                """
                SELECT position, \(Self.columns) FROM hookline_domain_events
                WHERE position \(in: Array(positions[start..<min(start + Self.positionsPerQuery, positions.count)]))
                """
            ).map { try Self.dispatched($0, position: try $0.integer("position")) }
        }
    }

    /// The ids and types of the events at some positions, without their payloads.
    public func names(
        at positions: [Int64],
        in transaction: any Transaction
    ) throws -> [Int64: (id: Identifier, type: Identifier)] {
        var names: [Int64: (id: Identifier, type: Identifier)] = [:]
        let positions = Array(Set(positions))
        for start in stride(from: 0, to: positions.count, by: Self.positionsPerQuery) {
            let part = Array(positions[start..<min(start + Self.positionsPerQuery, positions.count)])
            for row in try transaction.rows(
                "SELECT position, id, type FROM hookline_domain_events WHERE position \(in: part)"
            ) {
                names[try row.integer("position")] = (try row.identifier("id"), try row.identifier("type"))
            }
        }
        return names
    }

    /// The events of a range of positions that a search asks for, in their order.
    public func events(_ search: DomainEventSearch, in transaction: any Transaction) throws -> [DispatchedEvent] {
        var statement: Statement = """
            SELECT position, \(Self.columns) FROM hookline_domain_events
            WHERE position >= \(search.positions.lowerBound) AND position < \(search.positions.upperBound)
            """
        if !search.types.isEmpty { statement += " AND type \(in: search.types)" }
        if let tenant = search.tenant { statement += " AND tenant = \(tenant)" }
        if let since = search.since { statement += " AND received_at >= \(since)" }
        if let until = search.until { statement += " AND received_at < \(until)" }
        statement += search.isNewestFirst ? " ORDER BY position DESC" : " ORDER BY position"
        statement += " LIMIT \(search.limit)"
        return try transaction.rows(statement).map { try Self.dispatched($0, position: try $0.integer("position")) }
    }

    /// The first position whose event was enqueued at a moment or later: the head's successor where there is none.
    public func firstPosition(since moment: Timestamp, in transaction: any Transaction) throws -> Int64 {
        // Events are received nearly in the order of their positions, so the oldest that is young enough is near.
        let found = try transaction.first(
            """
            SELECT min(position) AS first FROM hookline_domain_events
            WHERE position IS NOT NULL AND received_at >= \(moment)
            """
        )?.optionalInteger("first")
        return try found ?? head(in: transaction) + 1
    }

    // MARK: Retention

    public func delete(_ positions: [Int64], in transaction: any Transaction) throws {
        try transaction.execute("DELETE FROM hookline_domain_events WHERE position \(in: positions)")
    }

    // MARK: Rows

    private static let columns: Statement =
        "id, type, tenant, payload, channels, ordering_key, occurred_at, received_at, refusal"
    private static let positionsPerQuery = 512

    private static func dispatched(_ row: Row, position: Int64) throws -> DispatchedEvent {
        DispatchedEvent(
            position: position,
            id: try row.identifier("id"),
            event: try event(row),
            receivedAt: try row.timestamp("received_at"),
            refusal: try row.optionalText("refusal")
        )
    }

    private static func event(_ row: Row) throws -> DomainEvent {
        DomainEvent(
            id: try row.identifier("id"),
            type: try row.identifier("type"),
            payload: RawJSON(unchecked: try row.text("payload").utf8),
            tenant: try row.optionalIdentifier("tenant"),
            channels: try decoded(row.optionalText("channels")),
            orderingKey: try row.optionalIdentifier("ordering_key"),
            occurredAt: try row.timestamp("occurred_at")
        )
    }

    private static func encoded(_ channels: [Identifier]) -> Value {
        channels.isEmpty ? .null : .text(JSON.array(channels.map { .string($0.text) }).text)
    }

    private static func decoded(_ channels: String?) throws -> [Identifier] {
        guard let channels else { return [] }
        return try JSON.parse(Array(channels.utf8)).array?.compactMap { $0.string.map(Identifier.init(unchecked:)) }
            ?? []
    }
}

/// Which domain events somebody wants to see.
public struct DomainEventSearch: Sendable {
    /// The positions that are looked at: a search is bounded by their number, however few events it finds.
    public var positions: Range<Int64>
    /// Empty for every type.
    public var types: [Identifier]
    public var tenant: Identifier?
    public var since: Timestamp?
    public var until: Timestamp?
    public var isNewestFirst: Bool
    public var limit: Int

    public init(
        positions: Range<Int64>,
        types: [Identifier] = [],
        tenant: Identifier? = nil,
        since: Timestamp? = nil,
        until: Timestamp? = nil,
        isNewestFirst: Bool = false,
        limit: Int
    ) {
        self.positions = positions
        self.types = types
        self.tenant = tenant
        self.since = since
        self.until = until
        self.isNewestFirst = isNewestFirst
        self.limit = limit
    }
}
