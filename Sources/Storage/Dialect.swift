/// Where the two databases differ, by name. A store writes its SQL once and puts fragments where it must.
public enum Dialect: String, Sendable, CaseIterable {
    case sqlite
    case postgres

    public enum Fragment: Sendable {
        /// After a column of type TEXT that is compared or ordered: by bytes.
        case textCollation
        /// The type of a column of bytes.
        case blobType
        /// The type of a column of floating-point numbers.
        case doubleType
        /// At the end of a SELECT whose rows are then updated: locks them until the commit.
        case forUpdate
        /// At the end of a SELECT that claims work: locks rows, and passes over those that another node locked.
        case forUpdateSkipLocked
        /// The type and constraint of a whole-number primary key, which in SQLite is then the row's own key.
        case integerPrimaryKey
        /// At the end of CREATE TABLE: the table is its primary key's index.
        case clusteredByPrimaryKey
    }

    /// The largest number of values one statement binds on either database.
    public static let maximumBoundValues = 32_766

    func placeholder(_ number: Int) -> String {
        switch self {
        case .sqlite: "?\(number)"
        case .postgres: "$\(number)"
        }
    }

    func text(of fragment: Fragment) -> String {
        switch (fragment, self) {
        case (.textCollation, .sqlite): "COLLATE BINARY"
        case (.textCollation, .postgres): "COLLATE \"C\""
        case (.blobType, .sqlite): "BLOB"
        case (.blobType, .postgres): "BYTEA"
        case (.doubleType, .sqlite): "REAL"
        case (.doubleType, .postgres): "DOUBLE PRECISION"
        case (.forUpdate, .sqlite), (.forUpdateSkipLocked, .sqlite): ""
        case (.forUpdate, .postgres): "FOR UPDATE"
        case (.forUpdateSkipLocked, .postgres): "FOR UPDATE SKIP LOCKED"
        case (.integerPrimaryKey, .sqlite): "INTEGER PRIMARY KEY"
        case (.integerPrimaryKey, .postgres): "BIGINT PRIMARY KEY"
        case (.clusteredByPrimaryKey, .sqlite): "WITHOUT ROWID"
        case (.clusteredByPrimaryKey, .postgres): ""
        }
    }
}
