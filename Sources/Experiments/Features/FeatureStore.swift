import HooklinePrimitives
import HooklineStorage

/// The SQL of features and saved groups, and of their versions.
struct FeatureStore: Sendable {
    /// The number of the whole set, which grows with each change of a part.
    func revision(in transaction: any Transaction) throws -> Int64 {
        guard let row = try transaction.first("SELECT revision FROM hookline_feature_set") else { return 0 }
        return try row.integer("revision")
    }

    /// Whoever changes the set waits here for whoever is changing it, so that what was checked as a whole is written as a whole.
    func lock(in transaction: any Transaction) throws {
        _ = try transaction.first("SELECT revision FROM hookline_feature_set \(.forUpdate)")
    }

    // MARK: Parts

    func all(in transaction: any Transaction) throws -> [FeaturePart] {
        try transaction.rows("\(Self.selection) ORDER BY kind, key").map(Self.part)
    }

    func find(
        _ kind: FeaturePart.Kind,
        _ key: Identifier,
        in transaction: any Transaction
    ) throws -> FeaturePart? {
        try transaction.first("\(Self.selection) AND kind = \(kind.rawValue) AND key = \(key)").map(Self.part)
    }

    func get(_ kind: FeaturePart.Kind, _ key: Identifier, in transaction: any Transaction) throws -> FeaturePart {
        guard let found = try find(kind, key, in: transaction) else { throw FeatureError.unknown(kind, key) }
        return found
    }

    /// In the order of keys.
    func list(
        _ kind: FeaturePart.Kind,
        _ page: PageRequest,
        in transaction: any Transaction
    ) throws -> Page<FeaturePart> {
        let found = try transaction.rows(
            """
            \(Self.selection) AND kind = \(kind.rawValue) AND key > \(page.after ?? "")
            ORDER BY key LIMIT \(page.limit + 1)
            """
        ).map(Self.part)
        return Page(found, of: page) { $0.key.text }
    }

    /// Writes a part in its next version; without a body it is deleted. Call it with the set locked.
    func write(
        _ body: JSON?,
        _ kind: FeaturePart.Kind,
        _ key: Identifier,
        by actor: String,
        at now: Timestamp,
        in transaction: any Transaction
    ) throws {
        let text = body?.text
        try transaction.execute(
            """
            INSERT INTO hookline_feature_parts (kind, key, version, body, created_at, updated_at)
            VALUES (\(kind.rawValue), \(key), 1, \(text), \(now), \(now))
            ON CONFLICT (kind, key) DO UPDATE SET
                version = hookline_feature_parts.version + 1, body = excluded.body, updated_at = excluded.updated_at,
                created_at = CASE WHEN hookline_feature_parts.body IS NULL
                    THEN excluded.created_at ELSE hookline_feature_parts.created_at END
            """
        )
        try transaction.execute(
            """
            INSERT INTO hookline_feature_versions (kind, key, version, body, actor, at)
            SELECT kind, key, version, body, \(actor), \(now) FROM hookline_feature_parts
            WHERE kind = \(kind.rawValue) AND key = \(key)
            """
        )
        try transaction.execute("UPDATE hookline_feature_set SET revision = revision + 1, changed_at = \(now)")
    }

    /// When the set was changed last; nil where it never was.
    func changedAt(in transaction: any Transaction) throws -> Timestamp? {
        try transaction.first("SELECT changed_at FROM hookline_feature_set")?.optionalTimestamp("changed_at")
    }

    // MARK: Versions

    /// From the first on.
    func versions(
        of kind: FeaturePart.Kind,
        _ key: Identifier,
        _ page: PageRequest,
        in transaction: any Transaction
    ) throws -> Page<FeaturePartVersion> {
        let after = try page.number(or: FeatureError.invalidCursor)
        let found = try transaction.rows(
            """
            \(Self.versions) WHERE kind = \(kind.rawValue) AND key = \(key) AND version > \(after ?? 0)
            ORDER BY version LIMIT \(page.limit + 1)
            """
        ).map(Self.version)
        guard !found.isEmpty || after != nil else { throw FeatureError.unknown(kind, key) }
        return Page(found, of: page) { "\($0.version)" }
    }

    func version(
        _ version: Int,
        of kind: FeaturePart.Kind,
        _ key: Identifier,
        in transaction: any Transaction
    ) throws -> FeaturePartVersion {
        let found = try transaction.first(
            "\(Self.versions) WHERE kind = \(kind.rawValue) AND key = \(key) AND version = \(version)"
        )
        if let found { return try Self.version(found) }
        let latest = try transaction.first(
            "SELECT version FROM hookline_feature_parts WHERE kind = \(kind.rawValue) AND key = \(key)"
        )
        guard let latest else { throw FeatureError.unknown(kind, key) }
        throw FeatureError.unknownVersion(kind, key, version, latest: Int(try latest.integer("version")))
    }

    // MARK: Rows

    private static let selection: Statement = """
        SELECT kind, key, version, body, created_at, updated_at FROM hookline_feature_parts WHERE body IS NOT NULL
        """

    private static let versions: Statement =
        "SELECT kind, key, version, body, actor, at FROM hookline_feature_versions"

    private static func part(_ row: Row) throws -> FeaturePart {
        FeaturePart(
            kind: try kind(row),
            key: try row.identifier("key"),
            body: try JSON.parse(try row.text("body")),
            version: Int(try row.integer("version")),
            createdAt: try row.timestamp("created_at"),
            updatedAt: try row.timestamp("updated_at")
        )
    }

    private static func version(_ row: Row) throws -> FeaturePartVersion {
        FeaturePartVersion(
            kind: try kind(row),
            key: try row.identifier("key"),
            version: Int(try row.integer("version")),
            body: try row.optionalText("body").map { try JSON.parse($0) },
            at: try row.timestamp("at"),
            actor: try row.text("actor")
        )
    }

    private static func kind(_ row: Row) throws -> FeaturePart.Kind {
        let text = try row.text("kind")
        guard let kind = FeaturePart.Kind(rawValue: text) else {
            throw StorageError.unexpectedValue(column: "kind", expected: "a kind of part", found: text)
        }
        return kind
    }
}
