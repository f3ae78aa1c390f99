import Dispatch
public import HooklineStorage

/// A database of a PostgreSQL server (14 or newer), which any number of nodes may share.
///
/// A body runs on a thread of its own connection. `write` begins at READ COMMITTED: a body that reads in order to write
/// takes locks (`Dialect.Fragment.forUpdate`, `TransactionLock`). It is run again, at most
/// `TransactionRetry.maximumConflicts` times, after a serialization failure, a deadlock or a lock that was not
/// available, and once after the connection broke before COMMIT. Where it breaks during COMMIT nobody knows whether it
/// happened: `StorageError.unavailable` with the code `08007` says so. A task that is cancelled still gets its answer.
public final class PostgresDatabase: Database {
    private let configuration: PostgresConfiguration
    private let pool: PostgresPool
    private let listener: PostgresListener
    private let announcer: PostgresAnnouncer

    /// Connects with the first call, not here.
    ///
    /// - Throws: `StorageError.invalidAddress` where the URL cannot be read.
    public init(_ configuration: PostgresConfiguration) throws {
        let parameters = try ConnectionParameters(configuration)
        self.configuration = configuration
        pool = PostgresPool(configuration: configuration, parameters: parameters)
        listener = PostgresListener(parameters: parameters, logger: configuration.logger)
        announcer = PostgresAnnouncer(parameters: parameters, logger: configuration.logger)
    }

    deinit {
        pool.abandon()
        listener.stop()
        announcer.stop()
    }

    public var dialect: Dialect { .postgres }

    public func read<Result: Sendable>(
        _ body: @escaping @Sendable (any Transaction) throws -> Result
    ) async throws -> Result {
        try await run(.read, body)
    }

    @discardableResult
    public func write<Result: Sendable>(
        _ body: @escaping @Sendable (any Transaction) throws -> Result
    ) async throws -> Result {
        try await run(.write, body)
    }

    public func announce(_ channel: Channel) {
        announcer.announce(channel)
    }

    /// A listener also hears one announcement when listening begins, and when it begins anew after the connection broke:
    /// it may have missed some.
    public func announcements(of channel: Channel) -> AsyncStream<Void> {
        listener.stream(of: channel)
    }

    public func close() async throws {
        await pool.close()
        listener.stop()
        announcer.stop()
    }

    private func run<Result: Sendable>(
        _ mode: PostgresConnection.Mode,
        _ body: @escaping @Sendable (any Transaction) throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            pool.submit(
                PostgresJob(
                    deadline: .now() + .milliseconds(configuration.acquireTimeoutMilliseconds),
                    run: { connection in
                        continuation.resume(with: Swift.Result { try connection.transaction(mode, body) })
                    },
                    fail: { continuation.resume(throwing: $0) }
                )
            )
        }
    }
}
