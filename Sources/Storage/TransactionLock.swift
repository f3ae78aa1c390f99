/// A lock that a transaction holds until it ends, across all nodes.
///
/// PostgreSQL takes an advisory lock of that number, mixed with the schema: two Hooklines in one database do not wait
/// for each other. On SQLite a write transaction is alone as it is.
public struct TransactionLock: Sendable, Hashable {
    public let number: Int64

    public init(number: Int64) {
        self.number = number
    }

    /// Held while the schema is brought up to date. The numbers of all locks begin with "hookline" in ASCII, truncated,
    /// so that they do not meet those of an application in the same database.
    public static let migrations = TransactionLock(number: 0x686F_6F6B_0000_0001)
    /// Held while positions of the engagement log are drawn and until they are visible.
    public static let eventLog = TransactionLock(number: 0x686F_6F6B_0000_0002)
    /// Held while positions of domain events are drawn and until they are visible.
    public static let outbox = TransactionLock(number: 0x686F_6F6B_0000_0004)
}

extension Transaction {
    /// Waits for the lock.
    public func lock(_ lock: TransactionLock) throws {
        switch dialect {
        case .sqlite: break
        case .postgres:
            // Advisory locks belong to the whole database. Only the lower half is mixed, which keeps the prefix.
            try execute(
                """
                SELECT pg_advisory_xact_lock(
                    \(lock.number) # (CAST(hashtext(coalesce(current_schema(), '')) AS BIGINT) & 4294967295))
                """
            )
        }
    }
}
