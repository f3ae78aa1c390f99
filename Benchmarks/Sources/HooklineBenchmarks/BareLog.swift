import GRDBSQLite
import HooklineEvents
import HooklinePrimitives
import HooklineStorage
import HooklineStorageSQLite

/// The table of the log written by SQLite alone: one prepared statement, its C interface, no check of ids, no HTTP.
///
/// The file has the tables and indexes of the product, and the same page cache as its writer.
final class BareLog {
    private let connection: OpaquePointer
    private let insert: OpaquePointer
    private var position: Int64
    private var random: FastRandom
    private let shapes: [Shape]

    /// The texts of a shape, in memory that stays.
    private struct Shape {
        let type, content, properties: UnsafeMutableBufferPointer<CChar>
    }

    static let rowsPerTransaction = 1000
    /// As the product's writer has them (`Opening` and `CheckpointSchedule` of StorageSQLite), so that the ratio is that
    /// of the code and not of the settings.
    private static let pageCacheKibibytes = 16_384
    private static let checkpointPages = 8192
    /// For filling a database, which is not measured.
    private static let fillCacheKibibytes = 1_048_576
    private static let shapes = 12_800

    /// Makes the tables, through the product's own migrations.
    static func migrate(_ path: String) async throws {
        let database = try SQLiteDatabase(location: .file(path: path))
        try await Migrator(EventMigrations.all).migrate(database)
        try await database.close()
    }

    /// - Parameter isDurable: false fills a database quickly, before anything is measured.
    init(_ path: String, mix: EventMix, isDurable: Bool, seed: UInt64 = 7) throws {
        connection = try Self.open(path)
        for setting in Self.settings(isDurable: isDurable) { try Self.execute(setting, connection) }
        insert = try Self.prepare(
            """
            INSERT INTO hookline_events
            (position, id, type, user_id, content_id, occurred_at, received_at, properties)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            connection
        )
        position = try Self.number("SELECT coalesce(max(position), 0) FROM hookline_events", connection)
        var random = FastRandom(seed: seed)
        shapes = (0..<Self.shapes).map { _ in
            let shape = mix.shape(&random)
            return Shape(type: kept(shape.type), content: kept(shape.content), properties: kept(shape.properties))
        }
        self.random = random
    }

    /// Those of the product's writer, or for filling quickly.
    static func settings(isDurable: Bool) -> [String] {
        let cache = isDurable ? pageCacheKibibytes : fillCacheKibibytes
        return [
            "PRAGMA journal_mode = WAL", "PRAGMA synchronous = \(isDurable ? "FULL" : "OFF")",
            "PRAGMA cache_size = -\(cache)", "PRAGMA wal_autocheckpoint = \(checkpointPages)",
            "PRAGMA temp_store = MEMORY",
        ]
    }

    deinit {
        sqlite3_finalize(insert)
        sqlite3_close(connection)
        for shape in shapes {
            shape.type.deallocate()
            shape.content.deallocate()
            shape.properties.deallocate()
        }
    }

    /// Inserts rows, and answers how many a second were committed.
    func append(_ rows: Int, perTransaction: Int = BareLog.rowsPerTransaction) throws -> Double {
        let (id, user) = (kept(FixedText.uuid), kept(FixedText.user))
        defer {
            id.deallocate()
            user.deallocate()
        }
        let start = Machine.nanoseconds()
        var left = rows
        while left > 0 {
            let count = min(left, perTransaction)
            try Self.execute("BEGIN IMMEDIATE", connection)
            let now = Timestamp.now().milliseconds
            for _ in 0..<count {
                FixedText.writeUUID(at: UnsafeMutableRawPointer(id.baseAddress!), &random)
                FixedText.writeUser(at: UnsafeMutableRawPointer(user.baseAddress!), &random)
                try insertRow(id, user, shapes[random.below(shapes.count)], now)
            }
            try Self.execute("COMMIT", connection)
            left -= count
        }
        return Double(rows) / Machine.seconds(since: start)
    }

    /// Copies the write-ahead log into the file, so that the file alone is the database.
    func checkpoint() throws { try Self.execute("PRAGMA wal_checkpoint(TRUNCATE)", connection) }

    private func insertRow(
        _ id: UnsafeMutableBufferPointer<CChar>,
        _ user: UnsafeMutableBufferPointer<CChar>,
        _ shape: Shape,
        _ now: Int64
    ) throws {
        position += 1
        sqlite3_bind_int64(insert, 1, position)
        for (index, text) in [id, shape.type, user, shape.content].enumerated() {
            sqlite3_bind_text(insert, CInt(index + 2), text.baseAddress, CInt(text.count), nil)
        }
        sqlite3_bind_int64(insert, 6, now)
        sqlite3_bind_int64(insert, 7, now)
        sqlite3_bind_text(insert, 8, shape.properties.baseAddress, CInt(shape.properties.count), nil)
        let code = sqlite3_step(insert)
        guard code == SQLITE_DONE else { throw Failure("an insert ends with code \(code)") }
        sqlite3_reset(insert)
    }
}

extension BareLog {
    static func open(_ path: String) throws -> OpaquePointer {
        var connection: OpaquePointer?
        let code = sqlite3_open_v2(path, &connection, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nil)
        guard code == SQLITE_OK, let connection else { throw Failure("\(path) cannot be opened: code \(code)") }
        sqlite3_busy_timeout(connection, 5000)
        return connection
    }

    static func execute(_ sql: String, _ connection: OpaquePointer) throws {
        let code = sqlite3_exec(connection, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw Failure("\(sql): \(String(cString: sqlite3_errmsg(connection)))") }
    }

    static func prepare(_ sql: String, _ connection: OpaquePointer) throws -> OpaquePointer {
        var statement: OpaquePointer?
        guard sqlite3_prepare_v2(connection, sql, -1, &statement, nil) == SQLITE_OK, let statement else {
            throw Failure("\(sql): \(String(cString: sqlite3_errmsg(connection)))")
        }
        return statement
    }

    /// The first column of the first row, 0 where there is none.
    static func number(_ sql: String, _ connection: OpaquePointer) throws -> Int64 {
        let statement = try prepare(sql, connection)
        defer { sqlite3_finalize(statement) }
        return sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0
    }
}

/// A copy of a text that does not move.
private func kept(_ text: String) -> UnsafeMutableBufferPointer<CChar> {
    let copy = UnsafeMutableBufferPointer<CChar>.allocate(capacity: text.utf8.count)
    _ = copy.initialize(from: text.utf8.map { CChar(bitPattern: $0) })
    return copy
}
