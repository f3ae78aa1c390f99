public import HooklinePrimitives
public import HooklineStorage

/// The SQL of the keys.
public struct KeyStore: Sendable {
    private let database: any Database

    public init(_ database: any Database) {
        self.database = database
    }

    // MARK: Writing

    /// Stores a key.
    ///
    /// - Throws: `StorageError.constraint` where a key of this id exists.
    public func add(_ key: StoredKey) async throws {
        try await database.write { try add(key, in: $0) }
    }

    public func add(_ key: StoredKey, in transaction: any Transaction) throws {
        try transaction.execute(
            """
            INSERT INTO hookline_keys (id, name, scope, secret_digest, created_at)
            VALUES (\(key.id), \(key.name), \(key.scope.rawValue), \(key.digest.bytes), \(key.createdAt))
            """
        )
    }

    /// Revokes a key. Answers whether there was one.
    public func remove(_ id: String) async throws -> Bool {
        try await database.write { try remove(id, in: $0) }
    }

    public func remove(_ id: String, in transaction: any Transaction) throws -> Bool {
        try transaction.execute("DELETE FROM hookline_keys WHERE id = \(id)") > 0
    }

    /// Notes when keys were last used. Never goes back, so that nodes may report in any order.
    public func markUsed(_ moments: [String: Timestamp]) async throws {
        try await database.write { try markUsed(moments, in: $0) }
    }

    public func markUsed(_ moments: [String: Timestamp], in transaction: any Transaction) throws {
        // In the order of the ids: two nodes that update the same rows would deadlock otherwise.
        for (id, moment) in moments.sorted(by: { $0.key < $1.key }) {
            try transaction.execute(
                """
                UPDATE hookline_keys SET last_used_at = \(moment)
                WHERE id = \(id) AND (last_used_at IS NULL OR last_used_at < \(moment))
                """
            )
        }
    }

    // MARK: Reading

    /// The key of an id, nil where there is none or it was revoked.
    public func key(_ id: String) async throws -> StoredKey? {
        try await database.read { try key(id, in: $0) }
    }

    public func key(_ id: String, in transaction: any Transaction) throws -> StoredKey? {
        try transaction.first("SELECT \(Self.columns) FROM hookline_keys WHERE id = \(id)").map(Self.key)
    }

    /// Whether a key of a scope exists.
    public func hasKey(of scope: KeyScope) async throws -> Bool {
        try await database.read { try hasKey(of: scope, in: $0) }
    }

    public func hasKey(of scope: KeyScope, in transaction: any Transaction) throws -> Bool {
        try transaction.first("SELECT id FROM hookline_keys WHERE scope = \(scope.rawValue) LIMIT 1") != nil
    }

    /// The keys in the order of their making. A cursor is the moment and the id of the last key: `1769594400000.k3y`.
    ///
    /// - Throws: `KeyStoreError.invalidCursor` where the cursor is none that was handed out.
    public func keys(_ page: PageRequest) async throws -> Page<StoredKey> {
        try await database.read { try keys(page, in: $0) }
    }

    public func keys(_ page: PageRequest, in transaction: any Transaction) throws -> Page<StoredKey> {
        let (moment, id) = try page.after.map(Self.position(ofCursor:)) ?? (Int64.min, "")
        let found = try transaction.rows(
            """
            SELECT \(Self.columns) FROM hookline_keys
            WHERE created_at > \(moment) OR (created_at = \(moment) AND id > \(id))
            ORDER BY created_at, id LIMIT \(page.limit + 1)
            """
        ).map(Self.key)
        return Page(found, of: page) { "\($0.createdAt.milliseconds).\($0.id)" }
    }

    private static func position(ofCursor cursor: String) throws -> (Int64, String) {
        let parts = cursor.split(separator: ".", maxSplits: 1)
        guard parts.count == 2, let moment = Int64(parts[0]) else { throw KeyStoreError.invalidCursor }
        return (moment, String(parts[1]))
    }

    // MARK: Rows

    private static let columns: Statement = "id, name, scope, secret_digest, created_at, last_used_at"

    private static func key(_ row: Row) throws -> StoredKey {
        let scope = try row.text("scope")
        guard let scope = KeyScope(rawValue: scope) else {
            throw StorageError.unexpectedValue(column: "scope", expected: "the name of a scope", found: scope)
        }
        return StoredKey(
            id: try row.text("id"),
            name: try row.text("name"),
            scope: scope,
            createdAt: try row.timestamp("created_at"),
            lastUsedAt: try row.optionalTimestamp("last_used_at"),
            digest: KeyDigest(stored: try row.blob("secret_digest"))
        )
    }
}

public enum KeyStoreError: Error, Equatable {
    /// A cursor that no page was given out with.
    case invalidCursor
}
