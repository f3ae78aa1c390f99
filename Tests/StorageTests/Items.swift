import HooklineStorage

/// The table that most tests use.
enum Items {
    static let creation: Statement = """
        CREATE TABLE items (
            id TEXT \(.textCollation) PRIMARY KEY,
            number BIGINT,
            ratio \(.doubleType),
            note TEXT,
            bytes \(.blobType)
        )
        """

    static func create(in database: any Database) async throws {
        try await database.write { try $0.execute(creation) }
    }

    static func add(_ id: String, number: Int? = nil, in transaction: any Transaction) throws {
        try transaction.execute("INSERT INTO items (id, number) VALUES (\(id), \(number))")
    }

    static func ids(in transaction: any Transaction) throws -> [String] {
        try transaction.rows("SELECT id FROM items ORDER BY id").map { try $0.text("id") }
    }

    static func ids(in database: any Database) async throws -> [String] {
        try await database.read { try ids(in: $0) }
    }

    static func count(in transaction: any Transaction) throws -> Int64 {
        try transaction.first("SELECT count(*) AS total FROM items")?.integer("total") ?? -1
    }

    static func count(in database: any Database) async throws -> Int64 {
        try await database.read { try count(in: $0) }
    }
}

/// What a body throws by itself.
struct Refusal: Error, Equatable {
    var reason = "no"
}
