import HooklineEvents
import HooklinePrimitives
import HooklineStorage
import HooklineStorageTestSupport
import Testing

@Suite struct OutboxTests {
    private static func event(
        _ number: Int,
        id: Identifier? = nil,
        type: Identifier = "video.created"
    ) -> DomainEvent {
        DomainEvent(
            id: id,
            type: type,
            payload: RawJSON(unchecked: #"{ "n": \#(number) }"#.utf8),
            channels: ["eu"],
            orderingKey: Identifier(unchecked: "video-\(number)"),
            occurredAt: Timestamp(milliseconds: 1_769_594_400_000)
        )
    }

    private func withOutbox(
        _ database: TestDatabase,
        _ body: (Outbox, any Database, TestClock) async throws -> Void
    ) async throws {
        try await database.withDatabase { database in
            try await Migrator(OutboxMigrations.all).migrate(database)
            let clock = TestClock()
            try await body(Outbox(database, clock: clock.wallClock), database, clock)
        }
    }

    private func take(_ limit: Int = 1000, from outbox: Outbox, _ database: any Database) async throws
        -> [DispatchedEvent]
    {
        let store = outbox.store
        return try await database.write { try store.take(limit, in: $0) }
    }

    @Test(arguments: TestDatabase.available)
    func positionsFollowTheOrderWithoutGaps(on database: TestDatabase) async throws {
        try await withOutbox(database) { outbox, database, _ in
            let first = try await outbox.enqueue((0..<5).map { Self.event($0) })
            let second = try await outbox.enqueue([Self.event(5)])
            #expect(first.count == 5 && second.count == 1)
            #expect(Set((first + second).map(\.id)).count == 6)

            let part = try await take(4, from: outbox, database)
            let rest = try await take(from: outbox, database)
            #expect((part + rest).map(\.position) == [1, 2, 3, 4, 5, 6])
            #expect((part + rest).map(\.id) == (first + second).map(\.id))
            #expect(part[2].event == Self.event(2, id: part[2].id))
            #expect(try await take(from: outbox, database).isEmpty)
        }
    }

    @Test(arguments: TestDatabase.available)
    func aRollbackLeavesNoTrace(on database: TestDatabase) async throws {
        struct Abandoned: Error {}
        try await withOutbox(database) { outbox, database, _ in
            await #expect(throws: Abandoned.self) {
                try await database.write { (transaction) -> Void in
                    try outbox.enqueue(Self.event(1, id: "once"), in: transaction)
                    throw Abandoned()
                }
            }
            let kept = try await take(from: outbox, database)
            #expect(kept.isEmpty)
            // The id is free.
            let again = try await outbox.enqueue([Self.event(2, id: "once")])
            #expect(again.map(\.isDuplicate) == [false])
        }
    }

    @Test(arguments: TestDatabase.available)
    func anIDIsAcceptedOnce(on database: TestDatabase) async throws {
        try await withOutbox(database) { outbox, database, clock in
            let first = try await outbox.enqueue([Self.event(1, id: "a")])
            clock.advance(byMilliseconds: 1000)
            let second = try await outbox.enqueue([Self.event(1, id: "a")])
            #expect(first.map(\.isDuplicate) + second.map(\.isDuplicate) == [false, true])
            // A call is stored as a whole or not at all.
            await #expect(throws: OutboxError.idReused("a")) {
                try await outbox.enqueue([Self.event(7, id: "b"), Self.event(2, id: "a")])
            }
            await #expect(throws: OutboxError.idReused("a")) {
                try await outbox.enqueue([Self.event(1, id: "a", type: "video.published")])
            }
            #expect(
                try await outbox.enqueue([Self.event(3, id: "c"), Self.event(3, id: "c")]).map(\.isDuplicate) == [
                    false, true,
                ]
            )
            #expect(try await take(from: outbox, database).map(\.id) == ["a", "c"])
        }
    }

    @Test(arguments: TestDatabase.available)
    func concurrentCallsOfOneIDAreOneEvent(on database: TestDatabase) async throws {
        try await withOutbox(database) { outbox, database, clock in
            let other = Outbox(database, clock: clock.wallClock)
            let duplicates = try await withThrowingTaskGroup(of: Bool.self) { group in
                for index in 0..<20 {
                    group.addTask {
                        try await (index % 2 == 0 ? outbox : other).enqueue([Self.event(1, id: "a")])[0].isDuplicate
                    }
                }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(duplicates == 19)
            #expect(try await take(from: outbox, database).count == 1)
        }
    }

    /// Events of transactions that overlap: whatever order they commit in, no position is seen late.
    @Test(arguments: TestDatabase.available)
    func manyWritersAndTwoDispatchersLoseNothing(on database: TestDatabase) async throws {
        try await withOutbox(database) { outbox, database, _ in
            let taken = try await withThrowingTaskGroup(of: [DispatchedEvent].self) { group in
                for writer in 0..<8 {
                    group.addTask {
                        for index in 0..<25 {
                            try await database.write { transaction in
                                _ = try outbox.enqueue(
                                    Self.event(index, id: Identifier(unchecked: "w\(writer)-\(index)")),
                                    in: transaction
                                )
                            }
                        }
                        return []
                    }
                }
                for _ in 0..<2 {
                    group.addTask {
                        var mine: [DispatchedEvent] = []
                        for _ in 0..<50 {
                            mine += try await take(7, from: outbox, database)
                            await Task.yield()
                        }
                        return mine
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            let all = taken + (try await take(from: outbox, database))
            #expect(all.map(\.position).sorted() == Array(1...200))
            #expect(Set(all.map(\.id)).count == 200)
        }
    }

    @Test(arguments: TestDatabase.available)
    func whatNoReceiverCouldTakeIsRefused(on database: TestDatabase) async throws {
        try await withOutbox(database) { outbox, _, _ in
            let long = RawJSON(unchecked: "\"\(String(repeating: "a", count: DomainEvent.maximumPayloadBytes))\"".utf8)
            let event = DomainEvent(type: "video.created", payload: long, occurredAt: Timestamp(milliseconds: 0))
            await #expect(throws: OutboxError.self) { try await outbox.enqueue([event]) }
        }
    }

    // MARK: From SQL

    @Test(arguments: TestDatabase.postgresOnly)
    func otherLanguagesCallAFunction(on database: TestDatabase) async throws {
        try await withOutbox(database) { outbox, database, _ in
            let payload = #"{"video_id":  "v1"}"#
            let id = try await database.write { transaction in
                try transaction.first("SELECT hookline_enqueue('video.published', \(payload)) AS id")?.identifier("id")
            }
            _ = try await database.write { transaction in
                try transaction.rows(
                    """
                    SELECT hookline_enqueue('batch.completed', '{}', 'mine', NULL, ARRAY['eu', 'us'], 'batch-1') AS id
                    """
                ).count
            }
            let events = try await take(from: outbox, database)
            #expect(events.map(\.id) == [id, "mine"])
            #expect(events[0].event.payload.text == payload)
            #expect(events[1].event.channels == ["eu", "us"])
            #expect(events[1].event.orderingKey == "batch-1")
        }
    }

    @Test(
        arguments: TestDatabase.postgresOnly,
        [
            "SELECT hookline_enqueue('no type', '{}')", "SELECT hookline_enqueue('', '{}')",
            "SELECT hookline_enqueue('video.created', 'not json')", "SELECT hookline_enqueue('video.created', NULL)",
            "SELECT hookline_enqueue('video.created', '{}', '')",
            "SELECT hookline_enqueue('video.created', '{\"other\": 1}', 'taken')",
        ]
    )
    func theFunctionRefuses(on database: TestDatabase, _ call: String) async throws {
        try await withOutbox(database) { outbox, database, _ in
            _ = try await outbox.enqueue([Self.event(1, id: "taken")])
            await #expect(throws: StorageError.self) {
                _ = try await database.write { try $0.rows(Statement(sql: call)) }
            }
            #expect(try await take(from: outbox, database).count == 1)
        }
    }
}
