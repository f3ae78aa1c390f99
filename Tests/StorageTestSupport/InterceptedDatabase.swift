public import HooklineStorage

/// A database that awaits something of the test's before every write: to hold it up, or to let somebody else go first.
public struct InterceptedDatabase: Database {
    private let base: any Database
    private let beforeRead: @Sendable () async throws -> Void
    private let beforeWrite: @Sendable () async throws -> Void

    public init(
        _ base: any Database,
        beforeRead: @escaping @Sendable () async throws -> Void = {},
        beforeWrite: @escaping @Sendable () async throws -> Void
    ) {
        self.base = base
        self.beforeRead = beforeRead
        self.beforeWrite = beforeWrite
    }

    public var dialect: Dialect { base.dialect }

    public func read<Result: Sendable>(
        _ body: @escaping @Sendable (any Transaction) throws -> Result
    ) async throws -> Result {
        try await beforeRead()
        return try await base.read(body)
    }

    public func write<Result: Sendable>(
        _ body: @escaping @Sendable (any Transaction) throws -> Result
    ) async throws -> Result {
        try await beforeWrite()
        return try await base.write(body)
    }

    public func announce(_ channel: Channel) { base.announce(channel) }
    public func announcements(of channel: Channel) -> AsyncStream<Void> { base.announcements(of: channel) }
    public func close() async throws { try await base.close() }
}
