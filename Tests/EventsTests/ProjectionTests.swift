import HooklineEvents
import HooklinePrimitives
import HooklineStorage
import HooklineStorageTestSupport
import Logging
import Testing

@testable import struct HooklineEvents.ProjectionWorker

/// A projection that notes each position it folds, and fails on one that it has folded before.
private let noting = Projection(name: "noting") { events, transaction in
    for event in events {
        try transaction.execute("INSERT INTO noted (position) VALUES (\(event.position))")
    }
}

@Suite struct ProjectionTests {
    private static let notes = Migration("noted-1") { _ in ["CREATE TABLE noted (position BIGINT PRIMARY KEY)"] }
    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func worker(_ projection: Projection, _ database: any Database, batch: Int = 10) -> ProjectionWorker {
        ProjectionWorker(projection, database: database, batchSize: batch, logger: Self.logger)
    }

    private func noted(_ database: any Database) async throws -> [Int64] {
        try await database.read { transaction in
            try transaction.rows("SELECT position FROM noted ORDER BY position").map { try $0.integer("position") }
        }
    }

    @Test(arguments: TestDatabase.available)
    func foldsEveryEventOnceInBatchesOfAnySize(_ test: TestDatabase) async throws {
        try await test.withDatabase { database in
            try await Migrator(EventMigrations.all + [Self.notes]).migrate(database)
            let log = EventLog(database)
            for size in [1, 3, 10] {
                _ = try await log.append((0..<25).map { .click("u\($0)") })
                try await worker(noting, database, batch: size).catchUp()
            }
            #expect(try await noted(database) == Array(1...75))
            #expect(try await EventStore(database).position(of: "noting") == 75)
        }
    }

    @Test(arguments: TestDatabase.available)
    func aFailingFoldLeavesNeitherResultNorPosition(_ test: TestDatabase) async throws {
        struct Broken: Error {}
        try await test.withDatabase { database in
            try await Migrator(EventMigrations.all + [Self.notes]).migrate(database)
            _ = try await EventLog(database).append((0..<5).map { .click("u\($0)") })
            let failing = Projection(name: "noting") { events, transaction in
                for event in events {
                    try transaction.execute("INSERT INTO noted (position) VALUES (\(event.position))")
                }
                throw Broken()
            }
            await #expect(throws: Broken.self) { try await worker(failing, database).catchUp() }
            #expect(try await noted(database).isEmpty)
            #expect(try await EventStore(database).position(of: "noting") == 0)
            try await worker(noting, database).catchUp()
            #expect(try await noted(database) == Array(1...5))
        }
    }

    @Test(arguments: TestDatabase.shared)
    func twoNodesFoldEachEventOnce(_ test: TestDatabase) async throws {
        try await test.withStorage { storage in
            let nodes = [try await storage.open(), try await storage.open()]
            try await Migrator(EventMigrations.all + [Self.notes]).migrate(nodes[0])
            try await withThrowingTaskGroup(of: Void.self) { group in
                for node in nodes {
                    group.addTask {
                        let log = EventLog(node)
                        for call in 0..<40 { _ = try await log.append([.click("u\(call)"), .click("v\(call)")]) }
                    }
                    group.addTask {
                        let worker = worker(noting, node, batch: 7)
                        while try await EventStore(node).position(of: "noting") < 160 { try await worker.catchUp() }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await noted(nodes[0]) == Array(1...160))
        }
    }

    @Test(arguments: TestDatabase.available)
    func aNewProjectionStartsFromThePast(_ test: TestDatabase) async throws {
        try await test.withDatabase { database in
            try await Migrator(EventMigrations.all + [Self.notes]).migrate(database)
            _ = try await EventLog(database).append((0..<30).map { .click("u\($0)") })
            let progress = ProjectionProgress(of: "noting", database: database)
            #expect(try await progress.positions() == (0, 30))
            #expect(try await progress.waitForHead(atMost: .zero) == false)
            try await worker(noting, database).catchUp()
            #expect(try await progress.waitForHead(atMost: .zero))
            #expect(try await progress.lagMilliseconds() == 0)
        }
    }

    @Test(arguments: TestDatabase.available)
    func theWorkerFollowsTheLogUntilItIsCancelled(_ test: TestDatabase) async throws {
        try await test.withDatabase { database in
            try await Migrator(EventMigrations.all + [Self.notes]).migrate(database)
            let log = EventLog(database)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await worker(noting, database).run() }
                let progress = ProjectionProgress(of: "noting", database: database)
                for call in 0..<5 {
                    _ = try await log.append([.click("u\(call)")])
                    #expect(try await progress.waitForHead(atMost: .seconds(240)))
                }
                group.cancelAll()
                try await group.waitForAll()
            }
            #expect(try await noted(database) == Array(1...5))
        }
    }
}
