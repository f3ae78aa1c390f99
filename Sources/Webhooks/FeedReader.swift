import HooklineEvents
import HooklinePrimitives
import HooklineStorage

/// What the engine wants to read.
struct FeedPlan: Sendable {
    /// The last key that was read in the order of positions; nil before the first read.
    let cursor: DeliveryKey?
    let buckets: Set<Int64>
    /// Those of which nothing was read yet.
    let newBuckets: Set<Int64>
    let refills: [Refill]
    let now: Timestamp
}

/// What it got.
struct FeedRead: Sendable {
    struct Refilled: Sendable {
        let request: Refill
        var rows: [DueRow]
        /// Whether there was no more.
        let isComplete: Bool
        let nextDue: Timestamp?
    }

    let snapshot: Directory.Snapshot
    var tail: [DueRow] = []
    var refills: [Refilled] = []
    /// When the backlog of each subscription begins to be due.
    var firstDue: [Int64: Timestamp] = [:]
    var failingSince: [Int64: Timestamp] = [:]
    var cursor: DeliveryKey
    var hasMore = false

    /// The positions of all rows.
    var positions: Set<Int64> {
        refills.reduce(into: Set(tail.map(\.key.position))) { $0.formUnion($1.rows.map(\.key.position)) }
    }
}

/// Reads in one snapshot of the database.
struct FeedReader: Sendable {
    let deliveries: DeliveryStore
    let outbox: OutboxStore
    let directory: Directory

    func read(_ plan: FeedPlan, from database: any Database) async throws -> FeedRead {
        try await database.read { transaction in
            let snapshot = try directory.snapshot(in: transaction)
            // Positions up to the head are all visible, and later ones are not.
            let end = DeliveryKey(position: try outbox.head(in: transaction), subscription: .max)
            var read = FeedRead(snapshot: snapshot, cursor: plan.cursor ?? end)
            if !plan.newBuckets.isEmpty {
                read.firstDue = try deliveries.firstDue(in: transaction)
                read.failingSince = try deliveries.failingSince(in: transaction)
            }
            if let cursor = plan.cursor {
                read.tail = try deliveries.tail(
                    after: cursor,
                    buckets: plan.buckets.count == LeaseStore.bucketCount ? nil : plan.buckets.sorted(),
                    limit: DeliveryEngine.maximumTailRows,
                    in: transaction
                )
                read.hasMore = read.tail.count == DeliveryEngine.maximumTailRows
                read.cursor = read.hasMore ? read.tail.last?.key ?? end : end
            }
            for refill in plan.refills {
                read.refills.append(try self.read(refill, at: plan.now, in: transaction))
            }
            return read
        }
    }

    private func read(_ refill: Refill, at now: Timestamp, in transaction: any Transaction) throws -> FeedRead.Refilled
    {
        let rows = try deliveries.due(
            DueRequest(
                subscription: refill.subscription,
                limit: refill.limit,
                excludedKeys: refill.excludedKeys
            ),
            at: now,
            in: transaction
        )
        let isComplete = rows.count < refill.limit
        return FeedRead.Refilled(
            request: refill,
            rows: rows,
            isComplete: isComplete,
            nextDue: isComplete ? try deliveries.nextDue(of: refill.subscription, after: now, in: transaction) : nil
        )
    }

    /// The events at some positions, by position.
    func readEvents(at positions: Set<Int64>, from database: any Database) async throws -> [Int64: QueuedEvent] {
        guard !positions.isEmpty else { return [:] }
        let events = try await database.read { [outbox] in try outbox.events(at: positions.sorted(), in: $0) }
        return Dictionary(uniqueKeysWithValues: events.map { ($0.position, QueuedEvent($0)) })
    }
}
