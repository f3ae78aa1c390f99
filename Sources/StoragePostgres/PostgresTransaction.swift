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
        let sql =
            "INSERT INTO \(batch.table) (\(batch.columnList))"
            + " SELECT * FROM \(Self.unnested(batch.columns))\(batch.conflictClause)"
        return try run(sql, batch.columns, batch.rows)
    }

    @discardableResult
    public func update(_ batch: BulkUpdate) throws -> Int {
        batch.checkWidths()
        let sql =
            "UPDATE \(batch.table) SET \(batch.assignments { "v.c\($0)" })"
            + " FROM \(Self.unnested(batch.columns)) AS v(\(batch.columns.indices.map { "c\($0)" }.joined(separator: ", ")))"
            + " WHERE \(batch.restriction { "v.c\($0)" })"
        return try run(sql, batch.columns, batch.rows)
    }

    private static func unnested(_ columns: [BulkInsert.Column]) -> String {
        let arrays = columns.enumerated().map { "$\($0 + 1)::\($1.kind.scalarType.sqlName)[]" }
        return "UNNEST(\(arrays.joined(separator: ", ")))"
    }

    /// Runs a statement whose parameters are arrays, one a column, in parts. Answers how many rows were changed.
    private func run(_ sql: String, _ columns: [BulkInsert.Column], _ rows: [[Value]]) throws -> Int {
        var written = 0
        var start = 0
        while start < rows.count {
            let part = rows[start..<min(start + Self.maximumRowsPerStatement, rows.count)]
            var parameters = Parameters()
            for (index, column) in columns.enumerated() {
                try parameters.append(column: index, kind: column.kind, of: part)
            }
            written += try session.run(sql, parameters).changes
            start += part.count
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
