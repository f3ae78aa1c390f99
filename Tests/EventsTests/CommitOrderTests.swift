import Foundation
import HooklineEvents
import HooklinePrimitives
import HooklineStorage
import HooklineStorageTestSupport
import Testing

@Suite struct CommitOrderTests {
    /// A node that has drawn a position and not committed yet makes the others wait, so that nobody can see a later
    /// position before it.
    @Test(arguments: TestDatabase.postgresOnly)
    func aLateCommitOfALowerPositionHoldsBackLaterOnes(_ test: TestDatabase) async throws {
        try await test.withStorage { storage in
            let (slow, quick) = (try await storage.open(), try await storage.open())
            try await Migrator(EventMigrations.all).migrate(slow)
            let (drawn, hasDrawn) = AsyncStream.makeStream(of: Void.self)
            let mayCommit = DispatchSemaphore(value: 0)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    // What the log's committer does, held between drawing its position and the commit.
                    try await slow.write { transaction in
                        try transaction.lock(.eventLog)
                        try transaction.execute(
                            """
                            INSERT INTO hookline_events (position, id, type, occurred_at, received_at)
                            VALUES (1, 'slow', 'click', 0, 0)
                            """
                        )
                        hasDrawn.yield()
                        mayCommit.wait()
                    }
                }
                for await _ in drawn { break }
                group.addTask { _ = try await EventLog(quick).append([.click("quick")]) }
                try await Self.untilSomebodyWaits(for: .eventLog, on: quick)
                // The quick node has not got its position yet: a fold that reads now sees neither.
                #expect(try await EventStore(quick).events(after: 0, limit: 10).isEmpty)
                mayCommit.signal()
                try await group.waitForAll()
            }
            let events = try await EventStore(quick).events(after: 0, limit: 10)
            #expect(events.map(\.position) == [1, 2])
            #expect(events.first?.id == "slow")
        }
    }

    private static func untilSomebodyWaits(for lock: TransactionLock, on database: any Database) async throws {
        while true {
            let waiting = try await database.read { transaction in
                try transaction.first(
                    """
                    SELECT count(*) AS waiting
                    FROM pg_locks,
                        CAST(\(lock.number) # (CAST(hashtext(current_schema()) AS BIGINT) & 4294967295) AS BIGINT) AS key
                    WHERE locktype = 'advisory' AND NOT granted
                    AND classid::bigint = key >> 32 AND objid::bigint = key & 4294967295
                    """
                )?.integer("waiting")
            }
            if waiting == 1 { return }
            await Task.yield()
        }
    }
}
