import Dispatch
import GRDB
public import HooklineStorage
import Synchronization

/// A database in a file of this machine, or in memory.
///
/// Writes of any number of callers are committed in groups: each body runs in a savepoint of its own, one sync makes
/// all of them durable, and nobody is answered before it. A task that is cancelled still gets its write's answer.
public final class SQLiteDatabase: HooklineStorage.Database {
    /// Where the database is.
    public enum Location: Sendable, Equatable {
        /// A file, made where there is none, in a folder that exists. Beside it SQLite keeps `-wal` and `-shm`.
        case file(path: String)
        /// Gone when it is closed; for tests and for trying things out.
        case memory
    }

    private struct Activity {
        var running = 0
        var isClosed = false
        var whenIdle: [CheckedContinuation<Void, Never>] = []
    }

    private let connections: Connections
    private let queue: WriteQueue
    private let listeners = Announcements()
    private let activity = Mutex(Activity())

    /// Calls that run or wait; further ones are refused at once.
    static let maximumCalls = 32_768

    /// Opens the database, in WAL mode with `synchronous = FULL` where it is a file.
    ///
    /// - Parameters:
    ///   - location: a file, which is made where it is missing, or memory.
    ///   - busyTimeoutMilliseconds: how long a statement waits for another process's lock, before each of the retries.
    ///   - maximumReaders: how many reads of a file run at the same time.
    /// - Throws: `StorageError.unavailable` where the file cannot be opened, `.corrupt` where it is no database,
    ///   `.readOnly`, `.full`, `.busy`.
    public convenience init(
        location: Location,
        busyTimeoutMilliseconds: Int = SQLiteDatabase.defaultBusyTimeoutMilliseconds,
        maximumReaders: Int = SQLiteDatabase.defaultMaximumReaders
    ) throws {
        try self.init(
            location: location,
            busyTimeoutMilliseconds: busyTimeoutMilliseconds,
            maximumReaders: maximumReaders,
            groupDuration: GroupCommit.maximumDuration
        )
    }

    package init(
        location: Location,
        busyTimeoutMilliseconds: Int = SQLiteDatabase.defaultBusyTimeoutMilliseconds,
        maximumReaders: Int = SQLiteDatabase.defaultMaximumReaders,
        groupDuration: Duration
    ) throws {
        queue = WriteQueue(groupDuration: groupDuration)
        connections = try Connections(
            location: location,
            busyTimeoutMilliseconds: busyTimeoutMilliseconds,
            maximumReaders: maximumReaders
        )
    }

    public static let defaultBusyTimeoutMilliseconds = 2000
    public static let defaultMaximumReaders = 4

    deinit {
        listeners.finish()
    }

    public var dialect: Dialect { .sqlite }

    public func read<Result: Sendable>(
        _ body: @escaping @Sendable (any Transaction) throws -> Result
    ) async throws -> Result {
        try enter()
        defer { leave() }
        return try await withCheckedThrowingContinuation { continuation in
            connections.asyncRead { connection in
                continuation.resume(with: Swift.Result { try ReadTransaction(connection: connection.get()).run(body) })
            }
        }
    }

    @discardableResult
    public func write<Result: Sendable>(
        _ body: @escaping @Sendable (any Transaction) throws -> Result
    ) async throws -> Result {
        try enter()
        defer { leave() }
        return try await withCheckedThrowingContinuation { continuation in
            do {
                if try queue.append(BodyJob(body, continuation: continuation)) { scheduleDrain() }
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }

    /// Announcements stay in this process: nothing else may use the file while it runs but short commands.
    public func announce(_ channel: Channel) {
        listeners.deliver(channel)
    }

    public func announcements(of channel: Channel) -> AsyncStream<Void> {
        listeners.stream(of: channel)
    }

    public func close() async throws {
        await withCheckedContinuation { continuation in
            let isIdle = activity.withLock { activity in
                activity.isClosed = true
                if activity.running > 0 { activity.whenIdle.append(continuation) }
                return activity.running == 0
            }
            if isIdle { continuation.resume() }
        }
        listeners.finish()
        try await connections.close()
    }

    /// How many writes wait for the group that runs now.
    package var waitingWrites: Int { queue.count }

    // MARK: Steps

    /// One group a block, so that reads of a database in memory, which has one connection, get their turn between them.
    private func scheduleDrain() {
        connections.asyncWrite { [self] connection, log in
            if queue.drainOnce(on: connection) { scheduleDrain() }
            log?.checkpointIfLong()
        }
    }

    private func enter() throws {
        try activity.withLock { activity in
            guard !activity.isClosed else { throw StorageError.closed }
            guard activity.running < Self.maximumCalls else { throw StorageError.busy(code: "too many calls") }
            activity.running += 1
        }
    }

    private func leave() {
        let idle = activity.withLock { activity in
            activity.running -= 1
            guard activity.running == 0 else { return [] as [CheckedContinuation<Void, Never>] }
            defer { activity.whenIdle = [] }
            return activity.whenIdle
        }
        for continuation in idle { continuation.resume() }
    }
}
