import HooklinePrimitives
import HooklineStorage

/// The SQL of answers: what was delivered, what was not, and why.
extension DeliveryStore {
    // MARK: Deliveries

    func row(_ key: DeliveryKey, in transaction: any Transaction) throws -> DeliveryRow? {
        try transaction.first(
            """
            SELECT \(Self.historyColumns) FROM hookline_webhook_deliveries
            WHERE position = \(key.position) AND subscription = \(key.subscription)
            """
        ).map(Self.historyRow)
    }

    /// The deliveries of one event, in the order of subscriptions.
    func rows(of position: Int64, in transaction: any Transaction) throws -> [DeliveryRow] {
        try transaction.rows(
            """
            SELECT \(Self.historyColumns) FROM hookline_webhook_deliveries
            WHERE position = \(position) ORDER BY subscription
            """
        ).map(Self.historyRow)
    }

    /// A part of the deliveries, the newest first, within a range of positions: a page is bounded by what it looks at.
    func rows(_ search: DeliveryRowSearch, in transaction: any Transaction) throws -> [DeliveryRow] {
        var statement: Statement = """
            SELECT \(Self.historyColumns) FROM hookline_webhook_deliveries
            WHERE (position, subscription) < (\(search.before.position), \(search.before.subscription))
            AND position >= \(search.lowestPosition)
            """
        if let subscription = search.subscription { statement += " AND subscription = \(subscription)" }
        switch search.state {
        case nil: break
        case .pending?: statement += " AND state = 0"
        case .success?: statement += " AND state = 1"
        case .failed?: statement += " AND state = 2"
        }
        statement += " ORDER BY position DESC, subscription DESC LIMIT \(search.limit)"
        return try transaction.rows(statement).map(Self.historyRow)
    }

    /// How the deliveries of some events to a subscription stand, by position.
    func states(
        of positions: [Int64],
        subscription: Int64,
        in transaction: any Transaction
    ) throws -> [Int64: State] {
        var states: [Int64: State] = [:]
        for start in stride(from: 0, to: positions.count, by: 512) {
            let part = Array(positions[start..<min(start + 512, positions.count)])
            let rows = try transaction.rows(
                """
                SELECT position, state FROM hookline_webhook_deliveries
                WHERE position \(in: part) AND subscription = \(subscription)
                """
            )
            for row in rows { states[try row.integer("position")] = State(rawValue: try row.integer("state")) }
        }
        return states
    }

    // MARK: Attempts

    /// The attempts of a delivery, the newest first.
    func attempts(
        of key: DeliveryKey,
        before number: Int,
        limit: Int,
        in transaction: any Transaction
    ) throws -> [DeliveryAttempt] {
        try transaction.rows(
            """
            SELECT \(Self.attemptColumns) FROM hookline_webhook_attempts
            WHERE position = \(key.position) AND subscription = \(key.subscription) AND number < \(number)
            ORDER BY number DESC LIMIT \(limit)
            """
        ).map(Self.attempt)
    }

    /// How long the last attempts of a subscription took, in microseconds, and whether they succeeded.
    func recentDurations(
        of subscription: Int64,
        limit: Int,
        in transaction: any Transaction
    ) throws -> [(microseconds: Int64, isSuccess: Bool)] {
        try transaction.rows(
            """
            SELECT a.total_us AS total_us, a.outcome AS outcome
            FROM (
                SELECT position, subscription FROM hookline_webhook_deliveries
                WHERE subscription = \(subscription) ORDER BY position DESC LIMIT \(limit)
            ) AS d
            JOIN hookline_webhook_attempts AS a ON a.position = d.position AND a.subscription = d.subscription
            LIMIT \(limit)
            """
        ).map { (try $0.integer("total_us"), try $0.text("outcome") == "success") }
    }

    // MARK: Counts

    func pendingCount(of subscription: Int64? = nil, in transaction: any Transaction) throws -> Int64 {
        var statement: Statement = "SELECT count(*) AS pending FROM hookline_webhook_deliveries WHERE state = 0"
        if let subscription { statement += " AND subscription = \(subscription)" }
        return try transaction.first(statement)?.integer("pending") ?? 0
    }

    /// What became of the deliveries that ended, of one subscription or of all.
    func tallies(of subscription: Int64? = nil, in transaction: any Transaction) throws -> DeliveryTallies {
        var statement: Statement = """
            SELECT CAST(coalesce(sum(succeeded), 0) AS BIGINT) AS succeeded,
                CAST(coalesce(sum(failed), 0) AS BIGINT) AS failed,
                CAST(coalesce(sum(attempts), 0) AS BIGINT) AS attempts, min(failing_since) AS failing_since
            FROM hookline_webhook_tallies
            """
        if let subscription { statement += " WHERE subscription = \(subscription)" }
        guard let row = try transaction.first(statement) else { return DeliveryTallies() }
        return DeliveryTallies(
            succeeded: try row.integer("succeeded"),
            failed: try row.integer("failed"),
            attempts: try row.integer("attempts"),
            failingSince: try row.optionalTimestamp("failing_since")
        )
    }

    /// Why the deliveries of a subscription that ended without success did, and how many of each.
    func failureReasons(of subscription: Int64, in transaction: any Transaction) throws -> [(
        reason: String, count: Int64
    )] {
        try transaction.rows(
            """
            SELECT coalesce(reason, '') AS reason, count(*) AS total FROM hookline_webhook_deliveries
            WHERE subscription = \(subscription) AND state = 2 GROUP BY reason ORDER BY total DESC, reason
            """
        ).map { (try $0.text("reason"), try $0.integer("total")) }
    }

    // MARK: Changes of the queue

    /// Brings the queue of a subscription into another order.
    func reorder(_ subscription: Int64, isOrdered: Bool, in transaction: any Transaction) throws {
        let due: Statement = isOrdered ? "0" : "next_attempt_at"
        try transaction.execute(
            """
            UPDATE hookline_webhook_deliveries SET due_at = \(due) WHERE subscription = \(subscription) AND state = 0
            """
        )
    }

    /// Gives up what is pending of a deleted subscription, a part at a time. Answers how many deliveries that were.
    func abandon(_ subscription: Int64, limit: Int, at now: Timestamp, in transaction: any Transaction) throws -> Int {
        let positions = try transaction.rows(
            """
            SELECT position FROM hookline_webhook_deliveries
            WHERE subscription = \(subscription) AND state = 0 ORDER BY due_at, position LIMIT \(limit)
            """
        ).map { try $0.integer("position") }
        guard !positions.isEmpty else { return 0 }
        let abandoned = try transaction.execute(
            """
            UPDATE hookline_webhook_deliveries
            SET state = 2, reason = \(SkipReason.subscriptionDeleted.rawValue), completed_at = \(now)
            WHERE subscription = \(subscription) AND state = 0 AND position \(in: positions)
            """
        )
        try transaction.execute(
            """
            UPDATE hookline_webhook_tallies SET failed = failed + \(Int64(abandoned))
            WHERE subscription = \(subscription)
            """
        )
        return abandoned
    }

    // MARK: Retention

    /// The oldest events before a position of which no delivery is pending, at most so many.
    func settledPositions(before position: Int64, limit: Int, in transaction: any Transaction) throws -> [Int64] {
        try transaction.rows(
            """
            SELECT e.position AS position FROM hookline_domain_events e
            WHERE e.position < \(position) AND NOT EXISTS (
                SELECT 1 FROM hookline_webhook_deliveries d WHERE d.position = e.position AND d.state = 0
            )
            ORDER BY e.position LIMIT \(limit)
            """
        ).map { try $0.integer("position") }
    }

    func delete(_ positions: [Int64], in transaction: any Transaction) throws {
        try transaction.execute("DELETE FROM hookline_webhook_attempts WHERE position \(in: positions)")
        try transaction.execute("DELETE FROM hookline_webhook_deliveries WHERE position \(in: positions)")
    }

    // MARK: Rows

    private static let historyColumns: Statement = """
        position, subscription, state, attempts, next_attempt_at, cause, reason, status, created_at, completed_at
        """
    private static let attemptColumns: Statement = """
        position, subscription, number, started_at, cause, outcome, status, message, address, is_reused, dns_us,
        connect_us, tls_us, first_byte_us, total_us, response, is_truncated
        """

    private static func historyRow(_ row: Row) throws -> DeliveryRow {
        DeliveryRow(
            key: DeliveryKey(position: try row.integer("position"), subscription: try row.integer("subscription")),
            state: State(rawValue: try row.integer("state")) ?? .pending,
            attempts: Int(try row.integer("attempts")),
            nextAttemptAt: try row.timestamp("next_attempt_at"),
            cause: DeliveryCause(rawValue: try row.text("cause")) ?? .event,
            reason: try row.optionalText("reason"),
            responseStatus: try row.optionalInteger("status").map { Int($0) },
            createdAt: try row.timestamp("created_at"),
            completedAt: try row.optionalTimestamp("completed_at")
        )
    }

    private static func attempt(_ row: Row) throws -> DeliveryAttempt {
        func microseconds(_ column: String) throws -> Int { Int(try row.optionalInteger(column) ?? 0) }
        return DeliveryAttempt(
            key: DeliveryKey(position: try row.integer("position"), subscription: try row.integer("subscription")),
            number: Int(try row.integer("number")),
            startedAt: try row.timestamp("started_at"),
            cause: DeliveryCause(rawValue: try row.text("cause")) ?? .event,
            outcome: try row.text("outcome"),
            responseStatus: try row.optionalInteger("status").map { Int($0) },
            message: try row.optionalText("message"),
            address: try row.optionalText("address"),
            timings: ExchangeTimings(
                dns: try microseconds("dns_us"),
                connect: try microseconds("connect_us"),
                tls: try microseconds("tls_us"),
                firstByte: try microseconds("first_byte_us"),
                total: try microseconds("total_us"),
                reused: try row.flag("is_reused")
            ),
            response: try row.optionalBlob("response") ?? [],
            isResponseTruncated: try row.flag("is_truncated")
        )
    }
}

/// A delivery as its row has it.
struct DeliveryRow: Sendable {
    let key: DeliveryKey
    let state: DeliveryStore.State
    let attempts: Int
    let nextAttemptAt: Timestamp
    let cause: DeliveryCause
    let reason: String?
    let responseStatus: Int?
    let createdAt: Timestamp
    let completedAt: Timestamp?
}

struct DeliveryRowSearch: Sendable {
    /// The rows before this one.
    var before: DeliveryKey
    var lowestPosition: Int64
    var subscription: Int64?
    var state: DeliveryStore.State?
    var limit: Int
}

/// What became of deliveries.
struct DeliveryTallies: Sendable {
    var succeeded: Int64 = 0
    var failed: Int64 = 0
    var attempts: Int64 = 0
    var failingSince: Timestamp?
}
