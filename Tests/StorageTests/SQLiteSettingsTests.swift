import HooklineStorage
import HooklineStorageSQLite
import HooklineStorageTestSupport
import Testing

/// What SQLite says itself about the connections, because GRDB changes some of what it is told.
@Suite struct SQLiteSettingsTests {
    private static let file = TestDatabase.available.filter { $0.engine == .sqliteFile }

    private func pragma(_ name: String, in transaction: any Transaction) throws -> Value? {
        try transaction.rows(Statement(sql: "PRAGMA \(name)")).first?.values.first
    }

    @Test(arguments: file)
    func theWriterSyncsAtEachCommit(on database: TestDatabase) async throws {
        try await database.withStorage { storage in
            let database = try storage.openSQLite(busyTimeoutMilliseconds: 1234)
            let settings = try await database.write { transaction in
                try ["synchronous", "journal_mode", "busy_timeout", "foreign_keys", "temp_store"].map {
                    try pragma($0, in: transaction)
                }
            }
            #expect(settings == [.integer(2), .text("wal"), .integer(1234), .integer(1), .integer(2)])
        }
    }

    @Test(arguments: file)
    func readersWaitAsLongAsTheWriter(on database: TestDatabase) async throws {
        try await database.withStorage { storage in
            let database = try storage.openSQLite(busyTimeoutMilliseconds: 1234)
            #expect(try await database.read { try pragma("busy_timeout", in: $0) } == .integer(1234))
        }
    }

    @Test func memoryHasThemToo() async throws {
        let database = try SQLiteDatabase(location: .memory)
        let keys = try await database.write { try pragma("foreign_keys", in: $0) }
        #expect(keys == .integer(1))
        try await database.close()
    }
}
