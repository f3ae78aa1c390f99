import HooklinePrimitives
import HooklineStorage
import HooklineStorageTestSupport
import Testing

@testable import HooklineWebhooks

@Suite struct LeaseTests {
    private static let all = Set(0..<LeaseStore.bucketCount)

    private func withLeases(_ database: TestDatabase, _ body: (LeaseStore) async throws -> Void) async throws {
        try await database.withDatabase { database in
            try await WebhookBench.migrate(database)
            // Long, so that none runs out on a busy machine but by a test's own doing.
            try await body(LeaseStore(database: database, leaseMilliseconds: 600_000))
        }
    }

    @Test(arguments: TestDatabase.available)
    func aSingleNodeHoldsEverything(on database: TestDatabase) async throws {
        try await withLeases(database) { leases in
            let first = try await leases.renew(node: "a", isAlone: false)
            let again = try await leases.renew(node: "a", isAlone: false)
            #expect(first == Self.all && again == Self.all)
            let surplus = try await leases.surplus(of: "a", held: first.count)
            #expect(surplus == 0)
        }
    }

    /// A second node gets its share once the first one gives it back, and everything once that leaves.
    @Test(arguments: TestDatabase.available)
    func nodesShareAndTakeOver(on database: TestDatabase) async throws {
        try await withLeases(database) { leases in
            let first = try await leases.renew(node: "a", isAlone: false)
            var second = try await leases.renew(node: "b", isAlone: false)
            #expect(second.isEmpty)
            let surplus = try await leases.surplus(of: "a", held: first.count)
            #expect(surplus == 32)
            let given = Set(first.sorted().suffix(surplus))
            try await leases.release(given, node: "a")
            second = try await leases.renew(node: "b", isAlone: false)
            let kept = try await leases.renew(node: "a", isAlone: false)
            #expect(second == given && kept == first.subtracting(given))

            try await leases.leave(node: "a")
            second = try await leases.renew(node: "b", isAlone: false)
            #expect(second == Self.all)
        }
    }

    /// What a dead node held is free when its lease has run out, by the database's clock.
    @Test(arguments: TestDatabase.available)
    func aLeaseRunsOut(on database: TestDatabase) async throws {
        try await withLeases(database) { leases in
            _ = try await leases.renew(node: "dead", isAlone: false)
            var taken = try await leases.renew(node: "b", isAlone: false)
            #expect(taken.isEmpty)
            try await leases.database.write { transaction in
                for table in ["hookline_webhook_buckets", "hookline_webhook_nodes"] {
                    try transaction.execute(
                        "UPDATE \(Statement(sql: table)) SET lease_until = \(.currentMilliseconds) - 1 WHERE node = 'dead'"
                    )
                }
            }
            taken = try await leases.renew(node: "b", isAlone: false)
            #expect(taken == Self.all)
            let lost = try await leases.renew(node: "dead", isAlone: false)
            #expect(lost.isEmpty)
        }
    }

    /// On a file that only one process can open, whoever held the leases is gone.
    @Test(arguments: TestDatabase.available)
    func whoIsAloneTakesEverythingAtOnce(on database: TestDatabase) async throws {
        try await withLeases(database) { leases in
            _ = try await leases.renew(node: "killed", isAlone: false)
            let taken = try await leases.renew(node: "b", isAlone: true)
            #expect(taken == Self.all)
        }
    }

    /// Two nodes on one database deliver every event once, and when one stops the other goes on.
    @Test(arguments: TestDatabase.postgresOnly)
    func twoNodesDeliverTogether(on database: TestDatabase) async throws {
        try await database.withStorage { storage in
            let (left, right) = (try await storage.open(), try await storage.open())
            try await WebhookBench.migrate(left)
            let first = try await WebhookBench(left, node: "left", isAlone: false)
            let second = try await WebhookBench(right, node: "right", isAlone: false)
            let receiver = try await ScriptedReceiver([.ok])
            for index in 0..<8 { try await first.subscribe(receiver.url("/\(index)")) }
            try await second.running {
                try await first.running {
                    for number in 0..<10 { try await (number % 2 == 0 ? first : second).deliver(number) }
                    try await eventually("80") { try await first.webhooks.statistics().successfulDeliveries == 80 }
                }
                for number in 10..<20 { try await second.deliver(number) }
                try await eventually("160") { try await second.webhooks.statistics().successfulDeliveries == 160 }
            }
            #expect(receiver.seen.requests.count == 160)
            await receiver.stop()
        }
    }
}
