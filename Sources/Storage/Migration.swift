/// One step of the schema. Steps run once, in their order, all in one transaction under a lock.
///
/// Expand, then contract: a step adds what the new binary needs and takes away nothing that the previous one uses. A
/// step that takes away says from which schema version on a binary may still open the database.
public struct Migration: Sendable {
    /// Unique for ever: `events-1`.
    public let name: String
    /// The oldest schema version (the number of migrations a binary knows) that may use the database after this
    /// step; nil where the step changes nothing for older binaries.
    public let oldestAllowedVersion: Int?
    let statements: @Sendable (Dialect) -> [Statement]

    public init(
        _ name: String,
        oldestAllowedVersion: Int? = nil,
        statements: @escaping @Sendable (Dialect) -> [Statement]
    ) {
        self.name = name
        self.oldestAllowedVersion = oldestAllowedVersion
        self.statements = statements
    }
}

/// Brings a database to the schema of this binary.
public struct Migrator: Sendable {
    private let migrations: [Migration]

    /// `migrations` in the order of the composition root: only ever appended to.
    public init(_ migrations: [Migration]) {
        precondition(Set(migrations.map(\.name)).count == migrations.count, "migration names are unique")
        self.migrations = migrations
    }

    /// The schema version of this binary.
    public var version: Int { migrations.count }

    /// Runs the steps that are missing. Safe to call from several nodes at once.
    ///
    /// - Throws: `StorageError.newerSchema` where a newer binary has made the database unusable for this one. Nothing
    ///   was changed then.
    public func migrate(_ database: any Database) async throws {
        let (migrations, version) = (migrations, version)
        try await database.write { transaction in
            // Waiting for another node's migration, or building an index, takes longer than a statement usually may.
            if transaction.dialect == .postgres { try transaction.execute("SET LOCAL statement_timeout = 0") }
            try transaction.lock(.migrations)
            try transaction.execute(
                """
                CREATE TABLE IF NOT EXISTS hookline_migrations (
                    name TEXT \(.textCollation) PRIMARY KEY,
                    oldest_allowed_version BIGINT
                )
                """
            )
            let rows = try transaction.rows("SELECT name, oldest_allowed_version FROM hookline_migrations")
            // A step that this binary has refuses nobody who has it, however few others it has beside.
            let known = Set(migrations.map(\.name))
            let oldestAllowed =
                try rows.filter { !known.contains(try $0.text("name")) }
                .compactMap { try $0.optionalInteger("oldest_allowed_version") }.max() ?? 0
            guard version >= oldestAllowed else {
                throw StorageError.newerSchema(oldestAllowed: Int(oldestAllowed), supported: version)
            }
            let applied = Set(try rows.map { try $0.text("name") })
            for migration in migrations where !applied.contains(migration.name) {
                for statement in migration.statements(transaction.dialect) {
                    try transaction.execute(statement)
                }
                try transaction.execute(
                    """
                    INSERT INTO hookline_migrations (name, oldest_allowed_version)
                    VALUES (\(migration.name), \(migration.oldestAllowedVersion))
                    """
                )
            }
        }
    }
}
