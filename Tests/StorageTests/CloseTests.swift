import Foundation
import HooklineStorage
import HooklineStorageSQLite
import HooklineStorageTestSupport
import Testing

@Suite struct CloseTests {
    @Test(arguments: TestDatabase.available)
    func laterCallsAreRefused(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            try await Items.create(in: database)
            try await database.close()
            await #expect(throws: StorageError.closed) { try await database.read { _ in } }
            await #expect(throws: StorageError.closed) { try await database.write { _ in } }
            try await database.close()
        }
    }

    @Test(arguments: TestDatabase.available)
    func neverUsed(on database: TestDatabase) async throws {
        try await database.withDatabase { try await $0.close() }
    }

    /// Whoever copies the file after a stop has everything.
    @Test func theFileAloneIsTheWholeDatabase() async throws {
        let test = try #require(TestDatabase.available.first { $0.engine == .sqliteFile })
        try await test.withStorage { storage in
            guard case .file(let path) = storage.place else { return }
            let database = try await storage.open()
            try await Items.create(in: database)
            try await database.close()
            let copy = path + ".copy"
            try FileManager.default.copyItem(atPath: path, toPath: copy)
            let copied = try SQLiteDatabase(location: .file(path: copy))
            #expect(try await copied.read { try $0.rows("SELECT count(*) AS n FROM items").count } == 1)
            try await copied.close()
        }
    }

    @Test(arguments: TestDatabase.shared)
    func whatRunsAndWhatWaitsIsFinished(on database: TestDatabase) async throws {
        try await database.withStorage { storage in
            let closing = try await storage.open()
            try await Items.create(in: closing)
            let (isRunning, mayEnd) = (Gate(), Gate())
            let committed = Counter()
            async let running: Void = {
                try await closing.write { transaction in
                    isRunning.open()
                    mayEnd.wait()
                    try Items.add("running", in: transaction)
                }
                committed.increment()
            }()
            await isRunning.opened()
            async let closed: Int = {
                try await closing.close()
                return committed.value
            }()
            await until {
                do {
                    try await closing.read { _ in }
                    return false
                } catch {
                    return error as? StorageError == .closed
                }
            }
            mayEnd.open()
            _ = try await closed
            try await running
            #expect(try await Items.ids(in: try await storage.open()) == ["running"])
        }
    }

    @Test(arguments: TestDatabase.shared)
    func anotherHandleFindsWhatWasCommitted(on database: TestDatabase) async throws {
        try await database.withStorage { storage in
            let first = try await storage.open()
            try await Items.create(in: first)
            try await first.write { try Items.add("a", in: $0) }
            let second = try await storage.open()
            #expect(try await Items.ids(in: second) == ["a"])
            try await first.close()
            try await second.write { try Items.add("b", in: $0) }
            #expect(try await Items.ids(in: try await storage.open()) == ["a", "b"])
        }
    }
}
