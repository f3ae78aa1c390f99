public import Logging

/// Where a PostgreSQL database is, and how much of it may be used.
public struct PostgresConfiguration: Sendable {
    /// `postgres://user:password@host:port/database?parameter=value`, with the parameters of libpq
    /// (https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS).
    public var url: String
    /// The most connections for reads and writes. Listening and announcing use one more each.
    public var poolSize: Int
    public var connectTimeoutSeconds: Int
    /// How long a call waits for a free connection.
    public var acquireTimeoutMilliseconds: Int
    /// How many calls may wait for a free connection.
    public var maximumWaitingCalls: Int
    /// How long one statement may run, waiting for locks included. 0 is without limit.
    public var statementTimeoutMilliseconds: Int
    /// Receives the server's notices, and the connection troubles of listening and announcing, at debug.
    public var logger: Logger

    public init(
        url: String,
        poolSize: Int = PostgresConfiguration.defaultPoolSize,
        connectTimeoutSeconds: Int = PostgresConfiguration.defaultConnectTimeoutSeconds,
        acquireTimeoutMilliseconds: Int = PostgresConfiguration.defaultAcquireTimeoutMilliseconds,
        maximumWaitingCalls: Int = PostgresConfiguration.defaultMaximumWaitingCalls,
        statementTimeoutMilliseconds: Int = PostgresConfiguration.defaultStatementTimeoutMilliseconds,
        logger: Logger = Logger(label: "hookline.postgres", factory: { _ in SwiftLogNoOpLogHandler() })
    ) {
        self.url = url
        self.poolSize = poolSize
        self.connectTimeoutSeconds = connectTimeoutSeconds
        self.acquireTimeoutMilliseconds = acquireTimeoutMilliseconds
        self.maximumWaitingCalls = maximumWaitingCalls
        self.statementTimeoutMilliseconds = statementTimeoutMilliseconds
        self.logger = logger
    }

    public static let defaultPoolSize = 8
    public static let defaultConnectTimeoutSeconds = 5
    public static let defaultAcquireTimeoutMilliseconds = 10_000
    public static let defaultMaximumWaitingCalls = 4096
    public static let defaultStatementTimeoutMilliseconds = 30_000
    /// Frees the locks of a node that stopped in the middle of a transaction.
    static let idleInTransactionTimeoutMilliseconds = 60_000
    /// How long the kernel tries to reach a server that stopped answering.
    static let unansweredTimeoutMilliseconds = 30_000
}
