/// A relational database: SQLite or PostgreSQL.
///
/// The bodies are synchronous and run off the cooperative thread pool, one transaction each. A body of `write` may run
/// more than once (a serialization failure, a deadlock), so it must have no effect but on its transaction.
public protocol Database: Sendable {
    var dialect: Dialect { get }

    /// Runs `body` in a read-only transaction that sees one snapshot.
    func read<Result: Sendable>(
        _ body: @escaping @Sendable (any Transaction) throws -> Result
    ) async throws -> Result

    /// Runs `body` in a transaction, and answers after it is durably committed. An error rolls it back.
    @discardableResult
    func write<Result: Sendable>(
        _ body: @escaping @Sendable (any Transaction) throws -> Result
    ) async throws -> Result

    /// Tells every listener of `channel`, on all nodes, that something was committed. A hint that may be lost or
    /// coalesced: whoever waits for it polls as well. Call it after the commit, never inside a transaction.
    func announce(_ channel: Channel)

    /// The announcements of `channel` from now on, coalesced: at most one is kept for a listener that is busy.
    func announcements(of channel: Channel) -> AsyncStream<Void>

    /// Finishes what runs, then closes every connection. Later calls throw `StorageError.closed`.
    func close() async throws
}

/// What a commit may wake. The name is a PostgreSQL channel: lower-case ASCII letters and underscores.
public struct Channel: Hashable, Sendable {
    public let name: String

    public init(_ name: String) {
        precondition(name.utf8.allSatisfy { $0 == 0x5F || (0x61...0x7A).contains($0) }, "a channel is [a-z_]+")
        self.name = name
    }
}
