import HooklinePrimitives
import HooklineStorage

/// The SQL of who delivers for whom.
///
/// The subscriptions are divided into buckets, and a node that holds the lease of a bucket is the only one that delivers
/// for its subscriptions. So the limits of a subscription (concurrency, rate, order, breaker) are kept in the memory of
/// one process, and taking up a delivery costs no write. Leases run by the database's clock; a node that dies, or cannot
/// renew, loses its buckets when they run out, and what it had in flight is delivered again.
struct LeaseStore: Sendable {
    let database: any Database
    /// How long a lease lasts that is not renewed.
    var leaseMilliseconds = LeaseStore.defaultLeaseMilliseconds

    static let bucketCount: Int64 = 64
    static let defaultLeaseMilliseconds: Int64 = 10_000

    static func bucket(of subscription: Int64) -> Int64 { subscription % bucketCount }

    /// Renews what the node holds, takes what is free, and gives back what is more than its share.
    ///
    /// - Parameters:
    ///   - node: the name of this process.
    ///   - isAlone: whether no other process can use the database. Then it takes everything at once, as whoever held it
    ///     is gone.
    /// - Returns: the buckets that the node holds until `leaseMilliseconds` from now.
    func renew(node: String, isAlone: Bool) async throws -> Set<Int64> {
        try await database.write { transaction in
            let now = try databaseTime(in: transaction)
            let until = now + leaseMilliseconds
            try addBuckets(in: transaction)
            try transaction.execute(
                """
                INSERT INTO hookline_webhook_nodes (node, lease_until) VALUES (\(node), \(until))
                ON CONFLICT (node) DO UPDATE SET lease_until = excluded.lease_until
                """
            )
            if isAlone {
                try transaction.execute(
                    "UPDATE hookline_webhook_buckets SET node = \(node), lease_until = \(until)"
                )
                try transaction.execute("DELETE FROM hookline_webhook_nodes WHERE node <> \(node)")
                return Set(0..<Self.bucketCount)
            }
            try transaction.execute("DELETE FROM hookline_webhook_nodes WHERE lease_until < \(now)")
            let share = try fairShare(at: now, in: transaction)
            // Those of others that are being renewed are passed over: they are not free.
            let rows = try transaction.rows(
                """
                SELECT bucket, node FROM hookline_webhook_buckets
                WHERE node = \(node) OR node IS NULL OR lease_until < \(now)
                ORDER BY bucket \(.forUpdateSkipLocked)
                """
            )
            let mine = try rows.filter { try $0.optionalText("node") == node }.map { try $0.integer("bucket") }
            let free = try rows.filter { try $0.optionalText("node") != node }.map { try $0.integer("bucket") }
            let kept = Array(mine.prefix(share))
            let taken = Array(free.prefix(max(0, share - kept.count)))
            try transaction.execute(
                """
                UPDATE hookline_webhook_buckets SET node = \(node), lease_until = \(until)
                WHERE bucket \(in: kept + taken)
                """
            )
            // What is more than the share stays ours until what is in flight has ended; see `release`.
            try transaction.execute(
                """
                UPDATE hookline_webhook_buckets SET lease_until = \(until)
                WHERE node = \(node) AND bucket \(in: Array(mine.dropFirst(share)))
                """
            )
            return Set(mine + taken)
        }
    }

    /// How many of the node's buckets are more than its share.
    func surplus(of node: String, held: Int) async throws -> Int {
        try await database.read { transaction in
            max(0, held - (try fairShare(at: databaseTime(in: transaction), in: transaction)))
        }
    }

    /// Gives buckets back, which another node then takes at once.
    func release(_ buckets: Set<Int64>, node: String) async throws {
        try await database.write { transaction in
            try transaction.execute(
                """
                UPDATE hookline_webhook_buckets SET node = NULL, lease_until = 0
                WHERE node = \(node) AND bucket \(in: buckets.sorted())
                """
            )
        }
    }

    /// Takes a node off the list, with everything that it holds.
    func leave(node: String) async throws {
        try await database.write { transaction in
            try transaction.execute(
                "UPDATE hookline_webhook_buckets SET node = NULL, lease_until = 0 WHERE node = \(node)"
            )
            try transaction.execute("DELETE FROM hookline_webhook_nodes WHERE node = \(node)")
        }
    }

    /// The node that holds a bucket; nil where nobody does.
    func holder(of bucket: Int64, in transaction: any Transaction) throws -> String? {
        try transaction.first("SELECT node FROM hookline_webhook_buckets WHERE bucket = \(bucket)")?.optionalText(
            "node"
        )
    }

    /// Milliseconds since 1970 by the clock that all nodes share.
    func databaseTime(in transaction: any Transaction) throws -> Int64 {
        try transaction.first("SELECT \(.currentMilliseconds) AS now")?.integer("now") ?? 0
    }

    private func fairShare(at now: Int64, in transaction: any Transaction) throws -> Int {
        let nodes =
            try transaction.first("SELECT count(*) AS nodes FROM hookline_webhook_nodes WHERE lease_until >= \(now)")?
            .integer("nodes") ?? 1
        return Int((Self.bucketCount + max(nodes, 1) - 1) / max(nodes, 1))
    }

    private func addBuckets(in transaction: any Transaction) throws {
        let count = try transaction.first("SELECT count(*) AS total FROM hookline_webhook_buckets")?.integer("total")
        guard count != Self.bucketCount else { return }
        try transaction.insert(
            BulkInsert(
                into: "hookline_webhook_buckets",
                columns: [.init("bucket", .integer), .init("lease_until", .integer)],
                conflict: .ignore(key: ["bucket"]),
                rows: (0..<Self.bucketCount).map { [.integer($0), .integer(0)] }
            )
        )
    }
}
