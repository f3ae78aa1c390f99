import HooklinePrimitives
public import HooklineStorage

/// The SQL of what goes out of the log, and of what is remembered of it. The one row of `hookline_event_log` keeps the head,
/// so that a position is never drawn twice.
extension EventStore {
    /// Takes events out of the log. Only where every projection has folded them: what a projection has read and not yet
    /// folded must not go away under it.
    public func remove(_ positions: [Int64], in transaction: any Transaction) throws {
        guard let last = positions.max() else { return }
        for start in stride(from: 0, to: positions.count, by: Self.idsPerLookup) {
            let some = Array(positions[start..<min(start + Self.idsPerLookup, positions.count)])
            try transaction.execute("DELETE FROM hookline_events WHERE position \(in: some)")
        }
        try transaction.execute(
            "UPDATE hookline_event_log SET kept_head = \(last) WHERE id = 1 AND kept_head < \(last)"
        )
    }

    // MARK: Retention

    /// What the retention has taken out.
    public func removed(in transaction: any Transaction) throws -> RemovedEvents {
        let row = try transaction.first(
            "SELECT removed_through, removed_latest FROM hookline_event_log WHERE id = 1"
        )
        return RemovedEvents(
            through: try row?.integer("removed_through") ?? 0,
            latest: try row?.timestamp("removed_latest") ?? Timestamp(milliseconds: 0)
        )
    }

    /// The lowest position of all projections, nil where there are none.
    func lowestPosition(in transaction: any Transaction) throws -> Int64? {
        try transaction.first("SELECT min(position) AS lowest FROM hookline_projections")?.optionalInteger("lowest")
    }

    /// Whether the first event of the log happened, and was received, before a moment.
    func beginsBefore(_ moment: Timestamp, in transaction: any Transaction) throws -> Bool {
        let removed = try removed(in: transaction)
        let first = try oldest(after: removed.through, upTo: .max, limit: 1, in: transaction).first
        return first.map { $0.latest < moment } ?? false
    }

    /// Takes the first events out of the log that happened, and were received, before a moment, at most `limit`, up to a
    /// position, and stops at the first that did not. Answers how many went, and up to where; nil where none did.
    func removeOldest(
        before moment: Timestamp,
        upTo position: Int64,
        limit: Int,
        in transaction: any Transaction
    ) throws -> (events: Int, through: Int64)? {
        let removed = try removed(in: transaction)
        let old = try oldest(after: removed.through, upTo: position, limit: limit, in: transaction)
            .prefix { $0.latest < moment }
        guard let last = old.last?.position else { return nil }
        try transaction.execute(
            "DELETE FROM hookline_events WHERE position > \(removed.through) AND position <= \(last)"
        )
        let latest = old.reduce(removed.latest) { max($0, $1.latest) }
        try transaction.execute(
            """
            UPDATE hookline_event_log SET removed_through = \(last), removed_latest = \(latest),
            kept_head = CASE WHEN kept_head < \(last) THEN \(last) ELSE kept_head END
            WHERE id = 1
            """
        )
        return (old.count, last)
    }

    /// The first events, each with the later of the moments at which it happened and was received.
    ///
    /// They are looked for behind those that were removed: PostgreSQL would walk over what is left of these until a VACUUM.
    private func oldest(
        after removed: Int64,
        upTo position: Int64,
        limit: Int,
        in transaction: any Transaction
    ) throws -> [(position: Int64, latest: Timestamp)] {
        try transaction.rows(
            """
            SELECT position, occurred_at, received_at FROM hookline_events
            WHERE position > \(removed) AND position <= \(position) ORDER BY position LIMIT \(limit)
            """
        ).map { row in
            (try row.integer("position"), max(try row.timestamp("occurred_at"), try row.timestamp("received_at")))
        }
    }
}
