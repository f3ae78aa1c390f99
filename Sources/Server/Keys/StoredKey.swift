public import HooklinePrimitives

/// A key as the database knows it.
public struct StoredKey: Sendable {
    public let id: String
    /// What its maker called it.
    public let name: String
    public let scope: KeyScope
    public let createdAt: Timestamp
    /// To the minute; nil where it was never used.
    public let lastUsedAt: Timestamp?
    let digest: KeyDigest

    init(
        id: String,
        name: String,
        scope: KeyScope,
        createdAt: Timestamp,
        lastUsedAt: Timestamp? = nil,
        digest: KeyDigest
    ) {
        self.id = id
        self.name = name
        self.scope = scope
        self.createdAt = createdAt
        self.lastUsedAt = lastUsedAt
        self.digest = digest
    }

    /// The record of a key that was just made.
    public init(_ key: APIKey, name: String, scope: KeyScope, createdAt: Timestamp) {
        self.init(id: key.id, name: name, scope: scope, createdAt: createdAt, digest: key.digest)
    }

    /// The longest name of a key, in bytes of UTF-8.
    public static let maximumNameBytes = 200
}
