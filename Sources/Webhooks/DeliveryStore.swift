import HooklinePrimitives
import HooklineStorage

/// The SQL of deliveries as work: what is due, and what became of it. `DeliveryStore+History` has the SQL of answers.
struct DeliveryStore: Sendable {
    let database: any Database

    init(_ database: any Database) {
        self.database = database
    }

    /// How a row's `state` is written.
    enum State: Int64 {
        case pending = 0
        case success = 1
        case failed = 2
    }

    // MARK: Creating

    /// Adds deliveries; those that exist are left as they are. Answers how many were added.
    @discardableResult
    func add(_ deliveries: [NewDelivery], at now: Timestamp, in transaction: any Transaction) throws -> Int {
        var skipped: [Int64: Tally] = [:]
        for delivery in deliveries where delivery.skipped != nil {
            skipped[delivery.key.subscription, default: Tally()].failed += 1
        }
        try addTallies(skipped, in: transaction)
        return try transaction.insert(
            BulkInsert(
                into: "hookline_webhook_deliveries",
                columns: [
                    .init("position", .integer), .init("subscription", .integer), .init("state", .integer),
                    .init("attempts", .integer), .init("step", .integer), .init("due_at", .integer),
                    .init("next_attempt_at", .integer), .init("ordering_key", .text), .init("cause", .text),
                    .init("reason", .text), .init("created_at", .integer), .init("completed_at", .integer),
                ],
                conflict: .ignore(key: ["position", "subscription"]),
                rows: deliveries.map { delivery in
                    let isSkipped = delivery.skipped != nil
                    return [
                        .integer(delivery.key.position), .integer(delivery.key.subscription),
                        .integer((isSkipped ? State.failed : .pending).rawValue), .integer(0), .integer(0),
                        .integer(delivery.isOrdered ? 0 : delivery.dueAt.milliseconds), delivery.dueAt.storageValue,
                        delivery.orderingKey.storageValue, .text(delivery.cause.rawValue),
                        delivery.skipped.map(\.rawValue).storageValue, now.storageValue,
                        isSkipped ? now.storageValue : .null,
                    ]
                }
            )
        )
    }

    /// Makes deliveries of one subscription due that exist: failed and successful ones begin anew, and count as pending
    /// again; pending ones are hurried.
    @discardableResult
    func restart(
        _ keys: [DeliveryKey],
        cause: DeliveryCause,
        isOrdered: Bool,
        at now: Timestamp,
        in transaction: any Transaction
    ) throws -> Int {
        guard let subscription = keys.first?.subscription else { return 0 }
        let before = try states(of: keys.map(\.position), subscription: subscription, in: transaction).values
        try addTallies(
            [subscription: Tally(succeeded: -before.count { $0 == .success }, failed: -before.count { $0 == .failed })],
            in: transaction
        )
        return try transaction.update(
            BulkUpdate(
                of: "hookline_webhook_deliveries",
                key: Self.keyColumns,
                setting: [
                    .init("state", .integer), .init("step", .integer), .init("due_at", .integer),
                    .init("next_attempt_at", .integer), .init("cause", .text), .init("reason", .text),
                    .init("completed_at", .integer),
                ],
                rows: keys.map { key in
                    [
                        .integer(key.position), .integer(key.subscription), .integer(State.pending.rawValue),
                        .integer(0), .integer(isOrdered ? 0 : now.milliseconds), now.storageValue,
                        .text(cause.rawValue), .null, .null,
                    ]
                }
            )
        )
    }

    // MARK: What is due

    /// The rows after a key in the order of positions, at most so many, whatever their state; of some buckets, or of all
    /// where that is nil.
    func tail(
        after key: DeliveryKey,
        buckets: [Int64]?,
        limit: Int,
        in transaction: any Transaction
    ) throws -> [DueRow] {
        var statement: Statement = """
            SELECT \(Self.dueColumns) FROM hookline_webhook_deliveries
            WHERE (position, subscription) > (\(key.position), \(key.subscription))
            """
        if let buckets { statement += " AND subscription % \(LeaseStore.bucketCount) \(in: buckets)" }
        statement += " ORDER BY position, subscription LIMIT \(limit)"
        return try transaction.rows(statement).map(Self.dueRow)
    }

    /// What is due at a subscription, the longest waiting first; where order matters, in the order of positions and
    /// whether it is due or not.
    func due(
        _ request: DueRequest,
        at now: Timestamp,
        in transaction: any Transaction
    ) throws -> [DueRow] {
        var statement: Statement = """
            SELECT \(Self.dueColumns) FROM hookline_webhook_deliveries
            WHERE subscription = \(request.subscription) AND state = 0 AND due_at <= \(now)
            """
        if !request.excludedKeys.isEmpty {
            statement += " AND (ordering_key IS NULL OR NOT ordering_key \(in: request.excludedKeys))"
        }
        statement += " ORDER BY due_at, position LIMIT \(request.limit)"
        return try transaction.rows(statement).map(Self.dueRow)
    }

    /// When the next delivery of a subscription is due that is not due yet; nil where there is none.
    func nextDue(of subscription: Int64, after now: Timestamp, in transaction: any Transaction) throws -> Timestamp? {
        try transaction.first(
            """
            SELECT min(due_at) AS due FROM hookline_webhook_deliveries
            WHERE subscription = \(subscription) AND state = 0 AND due_at > \(now)
            """
        )?.optionalTimestamp("due")
    }

    /// When the first pending delivery of each subscription is due, for those that have any.
    func firstDue(in transaction: any Transaction) throws -> [Int64: Timestamp] {
        let rows = try transaction.rows(
            """
            SELECT s.number AS number, (
                SELECT min(d.due_at) FROM hookline_webhook_deliveries d WHERE d.subscription = s.number AND d.state = 0
            ) AS due
            FROM hookline_webhook_subscriptions s
            """
        )
        var due: [Int64: Timestamp] = [:]
        for row in rows {
            if let moment = try row.optionalTimestamp("due") { due[try row.integer("number")] = moment }
        }
        return due
    }

    // MARK: What became of it

    /// Notes attempts and what they decided. A delivery that somebody else has attempted meanwhile, after this node lost
    /// its lease, keeps what was noted first.
    func complete(_ completions: [AttemptCompletion], in transaction: any Transaction) throws {
        try transaction.insert(Self.insertion(of: completions))
        try transaction.update(
            BulkUpdate(
                of: "hookline_webhook_deliveries",
                // With the number of attempts in the key, two nodes cannot both go on from the same one.
                key: Self.keyColumns + [.init("attempts", .integer)],
                setting: [
                    .init("state", .integer), .init("step", .integer), .init("due_at", .integer),
                    .init("next_attempt_at", .integer), .init("reason", .text), .init("status", .integer),
                    .init("completed_at", .integer),
                ],
                adding: [.init("attempts", .integer)],
                where: "hookline_webhook_deliveries.state = 0",
                rows: completions.map { completion in
                    [
                        .integer(completion.key.position), .integer(completion.key.subscription),
                        .integer(Int64(completion.number - 1)), .integer(completion.state.rawValue),
                        .integer(Int64(completion.step)),
                        .integer(completion.isOrdered ? 0 : completion.nextAttemptAt.milliseconds),
                        completion.nextAttemptAt.storageValue, completion.reason.storageValue,
                        completion.responseStatus.storageValue,
                        completion.state == .pending ? .null : completion.finishedAt.storageValue, .integer(1),
                    ]
                }
            )
        )
        try addTallies(completions, in: transaction)
    }

    /// How often each subscription's deliveries ended how. Counted by the node that made the attempt.
    private func addTallies(_ completions: [AttemptCompletion], in transaction: any Transaction) throws {
        var sums: [Int64: Tally] = [:]
        for completion in completions {
            sums[completion.key.subscription, default: Tally()].attempts += 1
            switch completion.state {
            case .success: sums[completion.key.subscription]?.succeeded += 1
            case .failed: sums[completion.key.subscription]?.failed += 1
            case .pending: break
            }
        }
        try addTallies(sums, in: transaction)
    }

    private func addTallies(_ sums: [Int64: Tally], in transaction: any Transaction) throws {
        let changes = sums.filter { $0.value != Tally() }
        guard !changes.isEmpty else { return }
        try transaction.update(
            BulkUpdate(
                of: "hookline_webhook_tallies",
                key: [.init("subscription", .integer)],
                adding: [.init("succeeded", .integer), .init("failed", .integer), .init("attempts", .integer)],
                // In one order on all nodes, so that none waits for another that waits for it.
                rows: changes.sorted { $0.key < $1.key }.map { subscription, sum in
                    [
                        .integer(subscription), .integer(Int64(sum.succeeded)), .integer(Int64(sum.failed)),
                        .integer(Int64(sum.attempts)),
                    ]
                }
            )
        )
    }

    private struct Tally: Equatable {
        var succeeded = 0
        var failed = 0
        var attempts = 0
    }

    /// Notes since when a subscription's attempts fail; nil for one that succeeded again.
    func setFailing(_ subscription: Int64, since moment: Timestamp?, in transaction: any Transaction) throws {
        try transaction.execute(
            """
            UPDATE hookline_webhook_tallies SET failing_since = \(moment)
            WHERE subscription = \(subscription)
            """
        )
    }

    /// The subscriptions whose attempts fail, and since when.
    func failingSince(in transaction: any Transaction) throws -> [Int64: Timestamp] {
        let rows = try transaction.rows(
            "SELECT subscription, failing_since FROM hookline_webhook_tallies WHERE failing_since IS NOT NULL"
        )
        return Dictionary(
            uniqueKeysWithValues: try rows.map { (try $0.integer("subscription"), try $0.timestamp("failing_since")) }
        )
    }

    private static func insertion(of completions: [AttemptCompletion]) -> BulkInsert {
        BulkInsert(
            into: "hookline_webhook_attempts",
            columns: [
                .init("position", .integer), .init("subscription", .integer), .init("number", .integer),
                .init("started_at", .integer), .init("cause", .text), .init("outcome", .text),
                .init("status", .integer), .init("message", .text), .init("address", .text),
                .init("is_reused", .integer), .init("dns_us", .integer), .init("connect_us", .integer),
                .init("tls_us", .integer), .init("first_byte_us", .integer), .init("total_us", .integer),
                .init("response", .blob), .init("is_truncated", .integer),
            ],
            conflict: .ignore(key: ["position", "subscription", "number"]),
            rows: completions.map { completion in
                let timings = completion.timings
                return [
                    .integer(completion.key.position), .integer(completion.key.subscription),
                    .integer(Int64(completion.number)), completion.startedAt.storageValue,
                    .text(completion.cause.rawValue), .text(completion.outcome), completion.responseStatus.storageValue,
                    completion.message.storageValue, completion.address.storageValue, timings.reused.storageValue,
                    timings.dns.storageValue, timings.connect.storageValue, timings.tls.storageValue,
                    timings.firstByte.storageValue, .integer(Int64(timings.total)),
                    completion.response.isEmpty ? .null : .blob(completion.response),
                    completion.isResponseTruncated.storageValue,
                ]
            }
        )
    }

    // MARK: Rows

    static let keyColumns: [BulkInsert.Column] = [.init("position", .integer), .init("subscription", .integer)]
    private static let dueColumns: Statement =
        "position, subscription, state, attempts, step, next_attempt_at, ordering_key, cause"

    private static func dueRow(_ row: Row) throws -> DueRow {
        DueRow(
            key: DeliveryKey(position: try row.integer("position"), subscription: try row.integer("subscription")),
            isPending: try row.integer("state") == State.pending.rawValue,
            attempts: Int(try row.integer("attempts")),
            step: Int(try row.integer("step")),
            nextAttemptAt: try row.timestamp("next_attempt_at"),
            orderingKey: try row.optionalIdentifier("ordering_key"),
            cause: DeliveryCause(rawValue: try row.text("cause")) ?? .event
        )
    }
}

/// A delivery that is created.
struct NewDelivery: Sendable {
    let key: DeliveryKey
    let dueAt: Timestamp
    let orderingKey: Identifier?
    /// Whether the subscription wants its deliveries in order.
    let isOrdered: Bool
    var cause = DeliveryCause.event
    /// Why it is not attempted.
    var skipped: SkipReason?
}

/// A delivery as the queue has it.
struct DueRow: Sendable {
    let key: DeliveryKey
    let isPending: Bool
    let attempts: Int
    /// The attempts since it was last made due anew: where it stands in the retry schedule.
    let step: Int
    let nextAttemptAt: Timestamp
    let orderingKey: Identifier?
    let cause: DeliveryCause
}

/// What is asked of one subscription's queue.
struct DueRequest: Sendable {
    let subscription: Int64
    let limit: Int
    var excludedKeys: [Identifier] = []
}

/// An attempt that ended, and what follows from it.
struct AttemptCompletion: Sendable {
    let key: DeliveryKey
    let number: Int
    let cause: DeliveryCause
    let startedAt: Timestamp
    let finishedAt: Timestamp
    let outcome: String
    let responseStatus: Int?
    let message: String?
    let address: String?
    let timings: ExchangeTimings
    let response: [UInt8]
    let isResponseTruncated: Bool
    /// What the delivery is from now on.
    let state: DeliveryStore.State
    let step: Int
    /// By the delivery clock; any moment where the delivery is not pending.
    let nextAttemptAt: Timestamp
    let isOrdered: Bool

    /// What stands as the delivery's reason.
    var reason: String? { state == .success ? nil : outcome }
}
