import GRDBSQLite
import HooklinePrimitives
import HooklineStorage
import HooklineStorageSQLite

/// The table of domain events written by SQLite alone, as `BareLog` does it for the log.
final class BareOutbox {
    private let connection: OpaquePointer
    private let insert: OpaquePointer

    /// - Parameter path: a file that it makes, with the tables and indexes of the product.
    init(_ path: String) async throws {
        let database = try SQLiteDatabase(location: .file(path: path))
        try await Migrator(WebhookNode.migrations).migrate(database)
        try await database.close()
        connection = try BareLog.open(path)
        for setting in BareLog.settings(isDurable: true) { try BareLog.execute(setting, connection) }
        insert = try BareLog.prepare(
            """
            INSERT INTO hookline_domain_events (id, type, payload, occurred_at, received_at) VALUES (?, ?, ?, ?, ?)
            """,
            connection
        )
    }

    deinit {
        sqlite3_finalize(insert)
        sqlite3_close(connection)
    }

    /// Inserts rows with random ids, and answers how many a second were committed.
    func append(_ rows: Int, perTransaction: Int) throws -> Double {
        var random = FastRandom(seed: 5)
        var id = Array(FixedText.uuid.utf8)
        let (type, payload) = (Array(DomainEventShape.type.text.utf8), Array(DomainEventShape.payload(0).utf8))
        let start = Machine.nanoseconds()
        for first in stride(from: 0, to: rows, by: perTransaction) {
            try BareLog.execute("BEGIN IMMEDIATE", connection)
            let now = Timestamp.now().milliseconds
            for _ in first..<min(first + perTransaction, rows) {
                id.withUnsafeMutableBytes { FixedText.writeUUID(at: $0.baseAddress!, &random) }
                for (index, text) in [id, type, payload].enumerated() { bind(text, at: CInt(index + 1)) }
                sqlite3_bind_int64(insert, 4, now)
                sqlite3_bind_int64(insert, 5, now)
                let code = sqlite3_step(insert)
                guard code == SQLITE_DONE else { throw Failure("an insert ends with code \(code)") }
                sqlite3_reset(insert)
            }
            try BareLog.execute("COMMIT", connection)
        }
        return Double(rows) / Machine.seconds(since: start)
    }

    private func bind(_ text: [UInt8], at index: CInt) {
        text.withUnsafeBytes { bytes in
            let text = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
            // -1 is SQLITE_TRANSIENT: it copies.
            sqlite3_bind_text(
                insert,
                index,
                text,
                CInt(bytes.count),
                unsafeBitCast(-1, to: sqlite3_destructor_type.self)
            )
        }
    }
}
