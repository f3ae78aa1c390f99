/// An open transaction on one connection. It is valid only inside the body it was handed to, on that thread.
///
/// After a statement failed it accepts no other one, and a body that swallows the error fails with it: PostgreSQL is so,
/// and what works with one database works with the other. Write `ON CONFLICT`, or look first.
public protocol Transaction {
    var dialect: Dialect { get }

    /// Every row that the statement returns.
    func rows(_ statement: Statement) throws -> [Row]

    /// Runs a statement, and answers how many rows it inserted, updated or deleted.
    @discardableResult
    func execute(_ statement: Statement) throws -> Int

    /// Inserts many rows with one plan: a loop over one prepared statement, or `UNNEST`. Answers how many were written.
    @discardableResult
    func insert(_ batch: BulkInsert) throws -> Int

    /// Changes many rows, each found by its key, with one plan. Answers how many were changed.
    @discardableResult
    func update(_ batch: BulkUpdate) throws -> Int
}

extension Transaction {
    /// The first row, nil where there is none.
    public func first(_ statement: Statement) throws -> Row? {
        try rows(statement).first
    }
}

/// Many rows for one table.
public struct BulkInsert: Sendable {
    /// A column and the type of its values, which PostgreSQL needs for its arrays.
    public struct Column: Sendable {
        public enum Kind: Sendable { case integer, double, text, blob }
        public let name: String
        public let kind: Kind

        public init(_ name: String, _ kind: Kind) {
            self.name = name
            self.kind = kind
        }
    }

    public enum Conflict: Sendable {
        /// A row whose key exists is an error.
        case fail
        /// A row whose key (of these columns) exists is left as it is.
        case ignore(key: [String])
        /// A row whose key exists takes the new values of all other columns.
        case replace(key: [String])
    }

    public let table: String
    public let columns: [Column]
    public let conflict: Conflict
    /// One value a column, in their order. With `.replace`, no key may occur twice.
    public var rows: [[Value]]

    public init(into table: String, columns: [Column], conflict: Conflict = .fail, rows: [[Value]] = []) {
        self.table = table
        self.columns = columns
        self.conflict = conflict
        self.rows = rows
    }
}
