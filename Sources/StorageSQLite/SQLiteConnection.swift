import GRDB
import GRDBSQLite
internal import HooklineStorage

/// One connection, with its prepared statements.
///
/// Unchecked, because it is used by one thread at a time: inside its connection's dispatch queue, and, when the
/// database is closed, after the last body ended.
final class SQLiteConnection: @unchecked Sendable {
    /// Whether a statement that may write ran since it was last set to false.
    var wrote = false
    /// What failed first since it was last set to nil. A connection of ours accepts nothing after it, as PostgreSQL does:
    /// a body that swallows an error would otherwise work with one database and not with the other.
    private(set) var failure: StorageError?
    let isReadOnly: Bool
    private let database: GRDB.Database
    private let pointer: OpaquePointer
    /// Nil where the application owns the connection: its statements are kept in its own cache then.
    private var statements: RecencyCache<PreparedStatement>?

    /// About 3 KiB each.
    static let maximumPreparedStatements = 512

    init(_ database: GRDB.Database, isOwned: Bool, isReadOnly: Bool) {
        guard let pointer = database.sqliteConnection else { preconditionFailure("the connection is closed") }
        self.database = database
        self.pointer = pointer
        self.isReadOnly = isReadOnly
        statements = isOwned ? RecencyCache(capacity: Self.maximumPreparedStatements) : nil
    }

    /// False when SQLite rolled the transaction back by itself, which it does when the disk is full.
    var isInTransaction: Bool { sqlite3_get_autocommit(pointer) == 0 }

    func rows(_ sql: String, _ values: [Value] = []) throws -> [HooklineStorage.Row] {
        try noticingFailure { try prepared(sql).rows(values) }
    }

    /// Answers how many rows were inserted, updated or deleted, without those of triggers and foreign keys.
    func execute(_ sql: String, _ values: [Value] = []) throws -> Int {
        try noticingFailure { try execute(prepared(sql), values) }
    }

    /// Runs one statement for each row.
    func execute(_ sql: String, rows: [[Value]]) throws -> Int {
        try noticingFailure {
            let statement = try prepared(sql)
            var written = 0
            for row in rows { written += try execute(statement, row) }
            return written
        }
    }

    /// BEGIN, COMMIT, SAVEPOINT and the like, which are neither reads nor writes.
    func control(_ sql: String) throws {
        try cached(sql).run([])
    }

    /// Ends the transaction without its writes. What cannot be rolled back has been rolled back already.
    func rollback() {
        if isInTransaction { try? control("ROLLBACK") }
    }

    /// Forgets the last failure: a transaction or a savepoint begins.
    func clearFailure() {
        failure = nil
    }

    /// - Throws: where a statement failed that the body has swallowed.
    func checkNothingWasSwallowed() throws {
        guard let failure else { return }
        throw StorageError.failed(
            code: failure.engineCode ?? "SQLITE_ABORT(4)",
            message: "a statement failed and the body went on, so the transaction was rolled back"
        )
    }

    private func execute(_ statement: PreparedStatement, _ values: [Value]) throws -> Int {
        let before = sqlite3_total_changes64(pointer)
        try statement.run(values)
        // `sqlite3_changes` still answers for the last statement that changed rows.
        return sqlite3_total_changes64(pointer) == before ? 0 : Int(sqlite3_changes64(pointer))
    }

    private func noticingFailure<Result>(_ body: () throws -> Result) throws -> Result {
        try checkNothingWasSwallowed()
        do {
            return try body()
        } catch let error as StorageError where error != RefusedValue.notANumber && error != RefusedValue.nullCharacter
        {
            // An application's connection has its own rules, and SQLite goes on after a failed statement.
            if statements != nil { failure = error }
            throw error
        }
    }

    private func prepared(_ sql: String) throws -> PreparedStatement {
        let statement = try cached(sql)
        if !statement.isReadOnly {
            guard !isReadOnly else { throw StorageError.readOnly(code: StorageError.codeName(SQLITE_READONLY)) }
            wrote = true
        }
        return statement
    }

    private func cached(_ sql: String) throws -> PreparedStatement {
        if let statement = statements?.element(for: sql) { return statement }
        let statement = try mappingDatabaseErrors {
            PreparedStatement(
                try statements == nil ? shared(sql) : database.makeStatement(sql: sql),
                connection: pointer
            )
        }
        _ = statements?.insert(statement, for: sql)
        return statement
    }

    /// From the application's cache, unless the application is reading from that very statement.
    private func shared(_ sql: String) throws -> GRDB.Statement {
        let statement = try database.cachedStatement(sql: sql)
        return sqlite3_stmt_busy(statement.sqliteStatement) == 0 ? statement : try database.makeStatement(sql: sql)
    }
}
