import HooklineEvents
import HooklinePrimitives
import HooklineStorage
import HooklineStorageTestSupport
import Synchronization
import Testing

@testable import HooklineWebhooks

@Suite struct CatalogueTests {
    /// Whoever adds a type while somebody else does, finds it there, and leaves it as it is.
    @Test(arguments: TestDatabase.available)
    func ofTwoWhoAddATypeOneDoes(on database: TestDatabase) async throws {
        try await database.withWebhooks { bench in
            let overtaken = try await bench.overtaken {
                try await bench.webhooks.saveEventType("a.b", description: "first")
                return
            }
            await #expect(throws: WebhookError.eventTypeExists("a.b")) {
                try await overtaken.addEventType("a.b", description: "second")
            }
            let saved = try await overtaken.saveEventType("a.b", description: "third")
            #expect(!saved.isNew && saved.type.description == "third")
        }
    }

    /// On PostgreSQL two transactions run side by side, and the second waits for the first.
    @Test(arguments: TestDatabase.available)
    func ofManyWhoAddATypeOneDoes(on database: TestDatabase) async throws {
        try await database.withWebhooks { bench in
            for round in 0..<5 {
                let name = Identifier(unchecked: "round.\(round)")
                let added = try await withThrowingTaskGroup(of: Bool.self) { group in
                    for number in 0..<8 {
                        group.addTask {
                            do {
                                try await bench.webhooks.addEventType(name, description: "\(number)")
                                return true
                            } catch WebhookError.eventTypeExists {
                                return false
                            }
                        }
                    }
                    return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
                }
                #expect(added == 1)
            }
        }
    }

    @Test(arguments: TestDatabase.available)
    func onlyWhatIsArchivedIsTakenUpAgain(on database: TestDatabase) async throws {
        try await database.withWebhooks { bench in
            let webhooks = bench.webhooks
            try await webhooks.addEventType("a.b", description: "first", isArchived: true)
            await #expect(throws: WebhookError.eventTypeExists("a.b")) { try await webhooks.addEventType("a.b") }
            let taken = try await webhooks.addEventType("a.b", description: "second", replacesArchived: true)
            #expect(!taken.isArchived && taken.description == "second")
            await #expect(throws: WebhookError.eventTypeExists("a.b")) {
                try await webhooks.addEventType("a.b", description: "third", replacesArchived: true)
            }
            let kept = try await webhooks.eventType("a.b")
            #expect(kept == taken)
        }
    }

    @Test(arguments: TestDatabase.available)
    func thereAreOnlySoManyTypes(on database: TestDatabase) async throws {
        try await database.withWebhooks { bench in
            let count = Webhooks.maximumEventTypes - EventType.builtIn.count
            let (catalogue, now) = (bench.webhooks.catalogue, bench.clock.now())
            try await bench.database.write { transaction in
                for number in 0..<count {
                    let name = Identifier(unchecked: "type.\(number)")
                    let draft = EventTypeDraft(name: name, description: "", schema: nil, isArchived: false)
                    try catalogue.save(draft, replacing: .none, at: now, in: transaction)
                }
            }
            let error = WebhookError.tooMany(what: "event types", maximum: Webhooks.maximumEventTypes)
            await #expect(throws: error) { try await bench.webhooks.addEventType("one.more") }
            await #expect(throws: WebhookError.unknownEventType("one.more", accepted: [])) {
                _ = try await bench.webhooks.eventType("one.more")
            }
            let saved = try await bench.webhooks.saveEventType("type.1", description: "changed")
            #expect(!saved.isNew)
        }
    }

    /// A tenant's subscriptions are found by the index, not among those of all tenants.
    @Test(arguments: TestDatabase.available)
    func aTenantsSubscriptionsAreIndexed(on database: TestDatabase) async throws {
        try await database.withWebhooks { bench in
            let statements = [
                SubscriptionStore.listing(PageRequest(), tenant: "acme"), SubscriptionStore.numbering(ofTenant: "acme"),
            ]
            for statement in statements {
                let plan = try await bench.plan(of: statement)
                #expect(plan.contains("hookline_webhook_subscriptions_by_tenant"), "\(plan)")
            }
            let all = try await bench.plan(of: SubscriptionStore.listing(PageRequest(), tenant: nil))
            #expect(all.contains("hookline_webhook_subscriptions_by_id"), "\(all)")
        }
    }
}

extension WebhookBench {
    /// Webhooks on the same database, where something happens right before its first write.
    fileprivate func overtaken(
        by change: @escaping @Sendable () async throws -> Void
    ) async throws -> Webhooks {
        let writes = Mutex(0)
        let overtaken = InterceptedDatabase(database) {
            let isFirst = writes.withLock { count in
                count += 1
                return count == 1
            }
            if isFirst { try await change() }
        }
        return try Webhooks(
            database: overtaken,
            outbox: outbox,
            configuration: webhooks.configuration,
            clock: clock.wallClock,
            deliveryClock: .steady(from: clock.now())
        )
    }

    /// How the database would run a statement, as it tells it.
    fileprivate func plan(of statement: Statement) async throws -> String {
        try await database.write { transaction in
            let isSQLite = transaction.dialect == .sqlite
            // A table without rows is read from end to end otherwise.
            if !isSQLite { try transaction.execute("SET LOCAL enable_seqscan = off") }
            var explained: Statement = isSQLite ? "EXPLAIN QUERY PLAN " : "EXPLAIN "
            explained += statement
            let rows = try transaction.rows(explained)
            return rows.flatMap(\.values).map { "\($0)" }.joined(separator: "\n")
        }
    }
}
