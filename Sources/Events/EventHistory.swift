public import HooklinePrimitives
public import HooklineStorage

/// Which earlier events somebody wants to see again: of some types, since a moment, at positions after the lower and up
/// to the upper bound. They come in no particular order.
public struct EventHistory: Sendable {
    public let types: [Identifier]
    public let since: Timestamp
    public let positions: Range<Int64>

    public static let keysPerQuery = 512

    public init(types: [Identifier], since: Timestamp, positions: Range<Int64>) {
        self.types = types
        self.since = since
        self.positions = positions
    }

    /// The events of some viewers, by the index on viewer, type and time.
    public func of(users: [Identifier], in transaction: any Transaction) throws -> [LoggedEvent] {
        try inParts(users) { "user_id \(in: $0)" }.flatMap { try events(where: $0, in: transaction) }
    }

    /// The events of some contents, by the index on content, type and time.
    public func of(contents: [Identifier], in transaction: any Transaction) throws -> [LoggedEvent] {
        try inParts(contents) { "content_id \(in: $0)" }.flatMap { try events(where: $0, in: transaction) }
    }

    /// The events at some positions.
    public func at(_ positions: [Int64], in transaction: any Transaction) throws -> [LoggedEvent] {
        try inParts(positions) { "position \(in: $0)" }.flatMap { try events(where: $0, in: transaction) }
    }

    private func inParts<Key>(_ keys: [Key], _ condition: ([Key]) -> Statement) -> [Statement] {
        stride(from: 0, to: keys.count, by: Self.keysPerQuery).map { start in
            condition(Array(keys[start..<min(start + Self.keysPerQuery, keys.count)]))
        }
    }

    /// The keys lead. Positions are written so that no index is used for them: PostgreSQL takes any range of values that it
    /// does not know for half a percent of the table, and would read the log from the front.
    private func events(where condition: Statement, in transaction: any Transaction) throws -> [LoggedEvent] {
        try transaction.rows(
            """
            SELECT \(EventStore.columns) FROM hookline_events
            WHERE \(condition) AND type \(in: types) AND occurred_at >= \(since)
            AND position + 0 > \(positions.lowerBound) AND position + 0 <= \(positions.upperBound)
            """
        ).map(EventStore.event)
    }
}
