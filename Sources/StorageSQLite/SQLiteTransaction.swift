public import GRDB
public import HooklineStorage

/// A transaction of SQLite.
///
/// An application that has its own GRDB database wraps the connection inside its own write, so that what it saves and
/// what Hookline saves are committed together:
///
///     try await pool.write { db in
///         try video.insert(db)
///         try outbox.add(event, in: SQLiteTransaction(db))
///     }
///
/// GRDB's observation of changes does not see what is written through it.
public struct SQLiteTransaction: HooklineStorage.Transaction {
    private let connection: SQLiteConnection

    /// - Parameter database: a connection that is inside a transaction. Valid as long as the body that it was handed to.
    public init(_ database: GRDB.Database) {
        connection = SQLiteConnection(database, isOwned: false, isReadOnly: false)
    }

    init(_ connection: SQLiteConnection) {
        self.connection = connection
    }

    public var dialect: Dialect { .sqlite }

    public func rows(_ statement: HooklineStorage.Statement) throws -> [HooklineStorage.Row] {
        let (sql, values) = statement.rendered(for: .sqlite)
        return try connection.rows(sql, values)
    }

    @discardableResult
    public func execute(_ statement: HooklineStorage.Statement) throws -> Int {
        let (sql, values) = statement.rendered(for: .sqlite)
        return try connection.execute(sql, values)
    }

    @discardableResult
    public func insert(_ batch: BulkInsert) throws -> Int {
        batch.checkWidths()
        let placeholders = Array(repeating: "?", count: batch.columns.count).joined(separator: ", ")
        let sql =
            "INSERT INTO \(batch.table) (\(batch.columnList)) VALUES (\(placeholders))\(batch.conflictClause)"
        return try connection.execute(sql, rows: batch.rows)
    }

    @discardableResult
    public func update(_ batch: BulkUpdate) throws -> Int {
        batch.checkWidths()
        let sql =
            "UPDATE \(batch.table) SET \(batch.assignments { "?\($0 + 1)" }) WHERE \(batch.restriction { "?\($0 + 1)" })"
        return try connection.execute(sql, rows: batch.rows)
    }
}
