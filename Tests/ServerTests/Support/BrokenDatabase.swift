import HooklineStorage

/// A database that fails every call with one error.
struct BrokenDatabase: Database {
    let error: StorageError
    var dialect: Dialect { .sqlite }

    func read<Result: Sendable>(
        _ body: @escaping @Sendable (any Transaction) throws -> Result
    ) async throws -> Result { throw error }

    func write<Result: Sendable>(
        _ body: @escaping @Sendable (any Transaction) throws -> Result
    ) async throws -> Result { throw error }

    func announce(_ channel: Channel) {}
    func announcements(of channel: Channel) -> AsyncStream<Void> { AsyncStream { $0.finish() } }
    func close() async throws {}
}
