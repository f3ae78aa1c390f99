import HooklineEvents
import HooklinePrimitives
import HooklineStorage
import HooklineStorageTestSupport
import Testing

@Suite struct EventLogTests {
    @Test(arguments: TestDatabase.available)
    func answersPositionsInOrder(_ test: TestDatabase) async throws {
        try await test.withLog { log, store, _ in
            let first = try await log.append([.click("u1"), .click("u2")])
            let second = try await log.append([.click("u3")])
            #expect(first == AppendResult(accepted: 2, duplicates: 0, position: 2))
            #expect(second == AppendResult(accepted: 1, duplicates: 0, position: 3))
            let events = try await store.events(after: 0, limit: 10)
            #expect(events.map(\.position) == [1, 2, 3])
            #expect(events.map { $0.userID?.text } == ["u1", "u2", "u3"])
            #expect(try await store.events(after: 1, limit: 1).map(\.position) == [2])
        }
    }

    @Test(arguments: TestDatabase.available)
    func keepsEveryFieldVerbatim(_ test: TestDatabase) async throws {
        try await test.withLog { log, store, clock in
            // Key order, white space, escapes and a number of many digits: nothing may be rewritten.
            let properties = #"{ "b":1.10, "a":"\u00e9é🎬", "n":12345678901234567890 }"#
            let event = EngagementEvent(
                id: "e-1",
                type: "watch",
                userID: "e\u{301}",
                contentID: "日本語🎬",
                occurredAt: Timestamp(milliseconds: 1_700_000_000_123),
                properties: properties
            )
            _ = try await log.append([event])
            let stored = try #require(try await store.events(after: 0, limit: 1).first)
            #expect(stored.id == "e-1" && stored.type == "watch")
            #expect(stored.userID.map { Array($0.text.utf8) } == Array("e\u{301}".utf8))
            #expect(stored.contentID?.text == "日本語🎬")
            #expect(stored.occurredAt.milliseconds == 1_700_000_000_123)
            #expect(stored.receivedAt == clock.now())
            #expect(stored.properties == properties)
        }
    }

    @Test(arguments: TestDatabase.available)
    func storesAnIDOnceWithinTheWindow(_ test: TestDatabase) async throws {
        try await test.withLog { log, store, clock in
            let twice = try await log.append([.click("u", id: "a"), .click("u", id: "a"), .click("u", id: "b")])
            #expect(twice == AppendResult(accepted: 2, duplicates: 1, position: 2))
            clock.advance(byMilliseconds: 7 * 86_400_000)
            #expect(try await log.append([.click("u", id: "a")]).duplicates == 1)
            clock.advance(byMilliseconds: 1)
            #expect(try await log.append([.click("u", id: "a")]) == .init(accepted: 1, duplicates: 0, position: 3))
            #expect(try await store.head() == 3)
        }
    }

    @Test(arguments: TestDatabase.available)
    func tellsApartIDsThatMerelyLookAlike(_ test: TestDatabase) async throws {
        try await test.withLog { log, _, _ in
            let composed: Identifier = "\u{E9}"
            let decomposed: Identifier = "e\u{301}"
            let result = try await log.append([.click("u", id: composed), .click("u", id: decomposed)])
            #expect(result.accepted == 2)
        }
    }

    @Test(arguments: TestDatabase.available)
    func concurrentCallsShareCommitsAndLoseNothing(_ test: TestDatabase) async throws {
        try await test.withLog { log, store, _ in
            let results = try await withThrowingTaskGroup(of: AppendResult.self) { group in
                for call in 0..<200 {
                    group.addTask {
                        try await log.append((0..<5).map { .click("u\(call)", id: try Identifier("\(call)-\($0)")) })
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(results.allSatisfy { $0.accepted == 5 })
            let events = try await store.events(after: 0, limit: 2000)
            #expect(events.map(\.position) == Array(1...1000))
            // The events of one call stand together, in its order.
            for start in stride(from: 0, to: 1000, by: 5) {
                let call = events[start..<start + 5]
                #expect(Set(call.map(\.userID)).count == 1)
                #expect(call.map { $0.id.text.last } == ["0", "1", "2", "3", "4"])
            }
        }
    }

    @Test(arguments: TestDatabase.shared)
    func everyPositionIsSeenInOrderByAFollowerOfTwoNodes(_ test: TestDatabase) async throws {
        try await test.withStorage { storage in
            let nodes = [try await storage.open(), try await storage.open()]
            try await Migrator(EventMigrations.all).migrate(nodes[0])
            let store = EventStore(nodes[0])
            let total = 1200
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<12 {
                    let log = EventLog(nodes[writer % 2])
                    group.addTask {
                        for _ in 0..<(total / 12 / 4) {
                            _ = try await log.append((0..<4).map { _ in .click("w\(writer)") })
                        }
                    }
                }
                group.addTask {
                    // Never looks back: what it steps over once, it never sees.
                    var position: Int64 = 0
                    while position < total {
                        for event in try await store.events(after: position, limit: 50) {
                            #expect(event.position == position + 1)
                            position = event.position
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await store.head() == Int64(total))
        }
    }

    @Test(arguments: TestDatabase.available)
    func aClosedDatabaseAnswersEveryCaller(_ test: TestDatabase) async throws {
        try await test.withDatabase { database in
            try await Migrator(EventMigrations.all).migrate(database)
            let log = EventLog(database)
            try await database.close()
            await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        do {
                            _ = try await log.append([.click("u")])
                            return false
                        } catch {
                            return error as? StorageError == .closed
                        }
                    }
                }
                for await isClosed in group { #expect(isClosed) }
            }
        }
    }

    @Test func refusesMoreThanItMayHoldWaiting() async throws {
        try await #require(TestDatabase.available.first).withDatabase { database in
            try await Migrator(EventMigrations.all).migrate(database)
            let (arrivals, arrived) = AsyncStream.makeStream(of: Void.self)
            let (openings, opened) = AsyncStream.makeStream(of: Void.self)
            let held = InterceptedDatabase(database) {
                arrived.yield()
                for await _ in openings { return }
            }
            let log = EventLog(held, configuration: .init(maximumWaitingEvents: 3))
            async let leading = log.append([.click("leads")])
            for await _ in arrivals { break }
            // The first commit is held up. Four events are more than may wait, three are not.
            let late = (0..<4).map { EngagementEvent.click("late \($0)") }
            await #expect(throws: EventLogError.overloaded(waitingEvents: 0)) { try await log.append(late) }
            async let waiting = log.append(Array(late.prefix(3)))
            opened.finish()
            #expect(try await leading.accepted == 1)
            #expect(try await waiting.accepted == 3)
            #expect(try await EventStore(database).head() == 4)
        }
    }
}
