import HooklinePrimitives
import HooklineStorage
import HooklineStorageTestSupport
import Logging
import Synchronization
import Testing

@testable import HooklineEvents

private let day: Int64 = 86_400_000
private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// What goes out of the log, and that its positions are never drawn again.
@Suite struct EventRetentionTests {
    /// Keeps events for four days, and what a test says is needed.
    private func retention(
        _ store: EventStore,
        _ clock: TestClock,
        keeping milliseconds: Int64 = 4 * day,
        projections: [String] = ["noting"],
        needed: NeededEvents = .none,
        removed: @escaping @Sendable (Int64) -> Void = { _ in }
    ) -> EventRetentionWorker {
        EventRetentionWorker(
            database: store.database,
            keeping: milliseconds,
            projections: projections,
            needed: { _ in needed },
            removed: { through, _ in removed(through) },
            clock: clock.wallClock,
            logger: logger
        )
    }

    private func fold(_ store: EventStore, _ name: String = "noting") async throws {
        let projection = Projection(name: name) { _, _ in }
        try await ProjectionWorker(projection, database: store.database, logger: logger).catchUp()
    }

    private func positions(_ store: EventStore) async throws -> [Int64] {
        try await store.events(after: 0, limit: 100).map(\.position)
    }

    private func removed(_ store: EventStore) async throws -> RemovedEvents {
        try await store.database.read { try store.removed(in: $0) }
    }

    @Test(arguments: TestDatabase.available)
    func theHeadNeverGoesBack(_ test: TestDatabase) async throws {
        try await test.withLog { log, store, _ in
            _ = try await log.append([.click("u1"), .click("u2"), .click("u3")])
            try await store.database.write { try store.remove([2, 3], in: $0) }
            #expect(try await store.head() == 3)
            #expect(try await log.append([.click("u4")]).position == 4)
            // A removal in the middle says nothing of the end.
            try await store.database.write { try store.remove([1], in: $0) }
            try await store.database.write { try store.remove([4], in: $0) }
            #expect(try await store.head() == 4)
            #expect(try await log.append([.click("u5")]).position == 5)
            #expect(try await removed(store) == RemovedEvents(through: 0, latest: Timestamp(milliseconds: 0)))
        }
    }

    @Test(arguments: TestDatabase.available)
    func removesWhatIsOldAndFolded(_ test: TestDatabase) async throws {
        try await test.withLog { log, store, clock in
            let start = clock.now()
            _ = try await log.append([.click("u1"), .click("u2")])
            clock.advance(byMilliseconds: day)
            _ = try await log.append([.click("u3")])
            clock.advance(byMilliseconds: 4 * day)
            let retention = retention(store, clock)
            // Nothing is folded, and the projection is not even known to the database.
            try await retention.removeOld()
            #expect(try await positions(store) == [1, 2, 3])
            try await fold(store)
            try await retention.removeOld()
            // The third is as old as events may be.
            #expect(try await positions(store) == [3])
            #expect(try await removed(store) == RemovedEvents(through: 2, latest: start))
            clock.advance(byMilliseconds: 1)
            try await retention.removeOld()
            #expect(try await positions(store).isEmpty)
            #expect(try await store.head() == 3)
            #expect(try await log.append([.click("u4")]).position == 4)
        }
    }

    @Test(arguments: TestDatabase.available)
    func waitsForTheSlowestProjection(_ test: TestDatabase) async throws {
        try await test.withLog { log, store, clock in
            _ = try await log.append([.click("u1"), .click("u2")])
            try await fold(store, "slow")
            _ = try await log.append([.click("u3")])
            try await fold(store)
            clock.advance(byMilliseconds: 5 * day)
            try await retention(store, clock).removeOld()
            #expect(try await positions(store) == [3])
        }
    }

    @Test(arguments: TestDatabase.available)
    func keepsWhatIsNeeded(_ test: TestDatabase) async throws {
        try await test.withLog { log, store, clock in
            for _ in 0..<6 {
                _ = try await log.append([EngagementEvent(type: "click", occurredAt: clock.now())])
                clock.advance(byMilliseconds: day)
            }
            try await fold(store)
            clock.advance(byMilliseconds: 50 * day)
            let since = clock.now().advanced(byMilliseconds: -54 * day)
            let needed = NeededEvents(after: 5, since: since).and(NeededEvents(after: 4))
            #expect(needed == NeededEvents(after: 4, since: since))
            try await retention(store, clock, needed: needed).removeOld()
            #expect(try await positions(store) == [3, 4, 5, 6])
            try await retention(store, clock, needed: NeededEvents(after: 4)).removeOld()
            #expect(try await positions(store) == [5, 6])
            let removed = try await removed(store)
            #expect(removed.through == 4 && removed.latest == clock.now().advanced(byMilliseconds: -53 * day))
            #expect(!removed.reaches(into: NeededEvents(after: 4)) && removed.reaches(into: NeededEvents(after: 3)))
            #expect(removed.reaches(into: NeededEvents(after: 4, since: removed.latest)))
            let later = removed.latest.advanced(byMilliseconds: 1)
            #expect(!removed.reaches(into: NeededEvents(after: 4, since: later)))
        }
    }

    /// What is dated ahead may be looked back on until its date is as long ago as events are kept.
    @Test(arguments: TestDatabase.available)
    func keepsWhatIsDatedAhead(_ test: TestDatabase) async throws {
        try await test.withLog { log, store, clock in
            let tomorrow = clock.now().advanced(byMilliseconds: day)
            _ = try await log.append([.click("u1"), EngagementEvent(type: "click", occurredAt: tomorrow), .click("u2")])
            try await fold(store)
            clock.advance(byMilliseconds: 5 * day)
            try await retention(store, clock).removeOld()
            #expect(try await positions(store) == [2, 3])
            clock.advance(byMilliseconds: 1)
            try await retention(store, clock).removeOld()
            #expect(try await removed(store) == RemovedEvents(through: 3, latest: tomorrow))
        }
    }

    @Test(arguments: TestDatabase.available)
    func goesInStepsAndTellsOfEach(_ test: TestDatabase) async throws {
        try await test.withLog { log, store, clock in
            _ = try await log.append((0..<5).map { .click("u\($0)") })
            try await fold(store)
            clock.advance(byMilliseconds: 5 * day)
            _ = try await log.append([.click("young")])
            // The projection stands before the young event, and so does all that is removed.
            let told = Mutex<[Int64]>([])
            let retention = retention(store, clock) { through in told.withLock { $0.append(through) } }
            for expected in [2, 2, 1, 0] { #expect(try await retention.step(limit: 2) == expected) }
            #expect(told.withLock { $0 } == [2, 4, 5])
            #expect(try await positions(store) == [6])
        }
    }

    @Test(arguments: TestDatabase.available)
    func idsAreRememberedForTheirWindow(_ test: TestDatabase) async throws {
        try await test.withLog { log, store, clock in
            let retention = retention(store, clock, keeping: 7 * day)
            _ = try await log.append([.click("u", id: "a")])
            try await fold(store)
            clock.advance(byMilliseconds: 7 * day)
            try await retention.removeOld()
            #expect(try await log.append([.click("u", id: "a")]).duplicates == 1)
            clock.advance(byMilliseconds: 1)
            try await retention.removeOld()
            #expect(try await log.append([.click("u", id: "a")]) == .init(accepted: 1, duplicates: 0, position: 2))
        }
    }

    @Test(arguments: TestDatabase.shared)
    func twoNodesRemoveEachEventOnceWhileOthersCome(_ test: TestDatabase) async throws {
        try await test.withStorage { storage in
            let nodes = [try await storage.open(), try await storage.open()]
            try await Migrator(EventMigrations.all).migrate(nodes[0])
            let (clock, store) = (TestClock(), EventStore(nodes[0]))
            _ = try await EventLog(nodes[0], clock: clock.wallClock).append((0..<100).map { .click("u\($0)") })
            try await fold(store)
            clock.advance(byMilliseconds: 5 * day)
            let count = try await withThrowingTaskGroup(of: Int.self) { group in
                for node in nodes {
                    let retention = retention(EventStore(node), clock)
                    group.addTask {
                        var count = 0
                        while true {
                            let step = try await retention.step(limit: 7)
                            if step == 0 { return count }
                            count += step
                        }
                    }
                    group.addTask {
                        let log = EventLog(node, clock: clock.wallClock)
                        for call in 0..<10 { _ = try await log.append([.click("v\(call)")]) }
                        return 0
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(count == 100)
            #expect(try await store.head() == 120)
            #expect(try await store.events(after: 0, limit: 200).map(\.position) == Array(101...120))
        }
    }

    @Test(arguments: TestDatabase.available)
    func theWorkerRemovesUntilItIsCancelled(_ test: TestDatabase) async throws {
        try await test.withLog { log, store, clock in
            _ = try await log.append([.click("u1")])
            try await fold(store)
            clock.advance(byMilliseconds: 5 * day)
            let (removals, continuation) = AsyncStream.makeStream(of: Int64.self)
            let retention = retention(store, clock) { continuation.yield($0) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await retention.run() }
                for await through in removals {
                    #expect(through == 1)
                    break
                }
                group.cancelAll()
                try await group.waitForAll()
            }
        }
    }
}
