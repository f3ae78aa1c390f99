import Foundation
import GRDBSQLite
import HooklineStorage
import HooklineStorageSQLite
import HooklineStorageTestSupport
import Testing

/// Files that others lock, that are no databases, or that are damaged.
@Suite struct SQLiteFileTests {
    private static let file = TestDatabase.available.filter { $0.engine == .sqliteFile }

    /// Another process's connection, as far as locks go.
    private final class Stranger {
        private var connection: OpaquePointer?

        init(_ path: String) throws {
            try #require(sqlite3_open(path, &connection) == SQLITE_OK)
        }

        func execute(_ sql: String) throws {
            try #require(sqlite3_exec(connection, sql, nil, nil, nil) == SQLITE_OK)
        }

        deinit { sqlite3_close(connection) }
    }

    private func path(of storage: TestStorage) throws -> String {
        guard case .file(let path) = storage.place else { throw TestDatabaseError.notShared }
        return path
    }

    @Test(arguments: file)
    func aLockThatIsHeldForTooLongIsBusy(on database: TestDatabase) async throws {
        try await database.withStorage { storage in
            let database = try storage.openSQLite(busyTimeoutMilliseconds: 1)
            try await Items.create(in: database)
            let stranger = try Stranger(path(of: storage))
            try stranger.execute("BEGIN EXCLUSIVE")
            await #expect(throws: StorageError.busy(code: "SQLITE_BUSY(5)")) {
                try await database.write { try Items.add("a", in: $0) }
            }
            // Readers of a write-ahead log wait for nobody.
            #expect(try await Items.count(in: database) == 0)
            try stranger.execute("COMMIT")
            try await database.write { try Items.add("a", in: $0) }
            #expect(try await Items.count(in: database) == 1)
        }
    }

    @Test(arguments: file)
    func aLockThatIsReleasedInTimeIsWaitedFor(on database: TestDatabase) async throws {
        try await database.withStorage { storage in
            let database = try storage.openSQLite(busyTimeoutMilliseconds: 60_000)
            try await Items.create(in: database)
            let stranger = try Stranger(path(of: storage))
            try stranger.execute("BEGIN IMMEDIATE; INSERT INTO items (id) VALUES ('stranger')")
            async let ids = database.write { transaction in
                try Items.add("own", in: transaction)
                return try Items.ids(in: transaction)
            }
            try stranger.execute("COMMIT")
            #expect(try await ids == ["own", "stranger"])
        }
    }

    @Test(arguments: file)
    func twoHandlesWriteInTurns(on database: TestDatabase) async throws {
        try await database.withStorage { storage in
            let handles = [try storage.openSQLite(), try storage.openSQLite()]
            try await Items.create(in: handles[0])
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<200 {
                    group.addTask { try await handles[number % 2].write { try Items.add("\(number)", in: $0) } }
                }
                try await group.waitForAll()
            }
            #expect(try await Items.count(in: handles[0]) == 200)
        }
    }

    @Test(arguments: file)
    func aFileThatIsNoDatabaseIsCorrupt(on database: TestDatabase) async throws {
        try await database.withStorage { storage in
            try Data(repeating: 0x61, count: 10_000).write(to: URL(filePath: path(of: storage)))
            let error = #expect(throws: StorageError.self) { try storage.openSQLite() }
            guard case .corrupt("SQLITE_NOTADB(26)", _) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }

    @Test(arguments: file)
    func aDamagedPageIsCorrupt(on database: TestDatabase) async throws {
        try await database.withStorage { storage in
            let first = try storage.openSQLite()
            try await Items.create(in: first)
            try await first.write { transaction in
                for number in 0..<1000 { try Items.add("item-\(number)", number: number, in: transaction) }
            }
            try await first.close()
            let file = try FileHandle(forUpdating: URL(filePath: path(of: storage)))
            let size = try file.seekToEnd()
            // The first page has the schema, so the file still opens.
            try file.seek(toOffset: 4096)
            try file.write(contentsOf: Data(repeating: 0xFF, count: Int(size) - 4096))
            try file.close()
            let second = try storage.openSQLite()
            let error = await #expect(throws: StorageError.self) { try await Items.ids(in: second) }
            guard case .corrupt("SQLITE_CORRUPT(11)", _) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }

    @Test func aFolderThatIsMissingIsUnavailable() {
        let error = #expect(throws: StorageError.self) {
            try SQLiteDatabase(location: .file(path: "/nonexistent-folder/hookline.sqlite"))
        }
        guard case .unavailable("SQLITE_CANTOPEN(14)", _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test(arguments: file)
    func severalHandlesOpenANewFileAtOnce(on database: TestDatabase) async throws {
        try await database.withStorage { storage in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<8 {
                    group.addTask {
                        let handle = try storage.openSQLite()
                        try await handle.write { try $0.execute(Statement(sql: "CREATE TABLE t\(number) (id TEXT)")) }
                    }
                }
                try await group.waitForAll()
            }
            let tables = try await storage.openSQLite().read { transaction in
                try transaction.rows("SELECT name FROM sqlite_master WHERE type = 'table'").count
            }
            #expect(tables == 8)
        }
    }

    /// The log is copied into the file and begun anew, though nobody closes the database.
    @Test(arguments: file)
    func theLogStaysShort(on database: TestDatabase) async throws {
        try await database.withStorage { storage in
            let database = try storage.openSQLite()
            try await Items.create(in: database)
            let bytes = [UInt8](repeating: 7, count: 2_000_000)
            for number in 0..<40 {
                try await database.write {
                    try $0.execute("INSERT INTO items (id, bytes) VALUES (\("\(number)"), \(bytes))")
                }
            }
            let log = try FileManager.default.attributesOfItem(atPath: path(of: storage) + "-wal")
            // 80 MB were written; a log is copied each 32 MiB.
            #expect(try #require(log[.size] as? Int) < 40_000_000)
        }
    }
}
