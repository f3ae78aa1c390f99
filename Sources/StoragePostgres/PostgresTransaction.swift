public import HooklineStorage

/// A transaction of PostgreSQL.
///
/// An application that has its own connection (a `PGconn` of libpq) wraps it inside its own transaction, so that what
/// it saves and what Hookline saves are committed together.
public struct PostgresTransaction: Transaction {
    private let session: PostgresSession

    /// - Parameter connection: a `PGconn` inside a transaction, whose client encoding is UTF8, used by this thread only.
    public init(_ connection: OpaquePointer) {
        session = PostgresSession(connection, isOwned: false)
    }

    init(_ session: PostgresSession) {
        self.session = session
    }

    public var dialect: Dialect { .postgres }

    public func rows(_ statement: Statement) throws -> [Row] {
        try run(statement).rows()
    }

    @discardableResult
    public func execute(_ statement: Statement) throws -> Int {
        try run(statement).changes
    }

    @discardableResult
    public func insert(_ batch: BulkInsert) throws -> Int {
        batch.checkWidths()
        let arrays = batch.columns.enumerated().map { "$\($0 + 1)::\($1.kind.scalarType.sqlName)[]" }
        let sql =
            "INSERT INTO \(batch.table) (\(batch.columnList))"
            + " SELECT * FROM UNNEST(\(arrays.joined(separator: ", ")))\(batch.conflictClause)"
        var written = 0
        var start = 0
        while start < batch.rows.count {
            let rows = batch.rows[start..<min(start + Self.maximumRowsPerStatement, batch.rows.count)]
            var parameters = Parameters()
            for (index, column) in batch.columns.enumerated() {
                try parameters.append(column: index, kind: column.kind, of: rows)
            }
            written += try session.run(sql, parameters).changes
            start += rows.count
        }
        return written
    }

    /// An array holds at most 1 GiB, so rows may have 100 KiB on average.
    static let maximumRowsPerStatement = 10_000

    private func run(_ statement: Statement) throws -> PostgresResult {
        let (sql, values) = statement.rendered(for: .postgres)
        return try session.run(sql, Parameters(values))
    }
}
