/// New values for many rows of one table, each found by its key.
///
///     try transaction.update(
///         BulkUpdate(of: "items", key: [.init("id", .text)], setting: [.init("number", .integer)],
///                    adding: [.init("uses", .integer)], rows: [["a", 1, 1], ["b", 2, 1]]))
public struct BulkUpdate: Sendable {
    public let table: String
    /// The columns by which a row is found, none of them NULL. Each key occurs once in `rows`.
    public let key: [BulkInsert.Column]
    /// The columns that take a new value.
    public let set: [BulkInsert.Column]
    /// The columns to which a value is added.
    public let added: [BulkInsert.Column]
    /// A further condition on the row, in SQL without values: `state = 0`. Other rows are left as they are.
    public let condition: String?
    /// The values of a row: of the key, of the columns that are set, and of those that are added to, in their orders.
    public var rows: [[Value]]

    public init(
        of table: String,
        key: [BulkInsert.Column],
        setting set: [BulkInsert.Column] = [],
        adding added: [BulkInsert.Column] = [],
        where condition: String? = nil,
        rows: [[Value]] = []
    ) {
        self.table = table
        self.key = key
        self.set = set
        self.added = added
        self.condition = condition
        self.rows = rows
    }

    package var columns: [BulkInsert.Column] { key + set + added }

    /// `a = V(a), b = t.b + V(b)`, where V gives the new value of a column by its index.
    package func assignments(_ value: (Int) -> String) -> String {
        let first = key.count
        let sets = set.enumerated().map { "\($1.name) = \(value(first + $0))" }
        let adds = added.enumerated().map { "\($1.name) = \(table).\($1.name) + \(value(first + set.count + $0))" }
        return (sets + adds).joined(separator: ", ")
    }

    /// `t.k = V(k) AND ... AND (condition)`
    package func restriction(_ value: (Int) -> String) -> String {
        let keys = key.enumerated().map { "\(table).\($1.name) = \(value($0))" }
        return (keys + (condition.map { ["(\($0))"] } ?? [])).joined(separator: " AND ")
    }

    /// Both databases refuse a row of the wrong width before anything is sent, and alike.
    package func checkWidths() {
        precondition(!key.isEmpty && !(set.isEmpty && added.isEmpty), "a bulk update has a key and something to change")
        precondition(rows.allSatisfy { $0.count == columns.count }, "every row has one value a column")
    }
}
