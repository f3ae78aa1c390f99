import Dispatch
import GRDB
internal import HooklineStorage
import Synchronization

/// GRDB's connections: one writer and a pool of readers for a file, one connection for memory.
final class Connections: Sendable {
    private enum Kind: Sendable {
        case file(DatabasePool)
        case memory(DatabaseQueue)
    }

    /// The statements of each connection. A connection in memory has two sets: that of the reads refuses writes.
    private struct Known {
        var writer: SQLiteConnection?
        var readers: [ObjectIdentifier: SQLiteConnection] = [:]
    }

    private let kind: Kind
    private let log: WriterState
    private let known: Mutex<Known>

    /// The write-ahead log's watch. Unchecked, because only blocks on the writer's queue touch it.
    private struct WriterState: @unchecked Sendable {
        let log: WriteAheadLog?
    }

    init(location: SQLiteDatabase.Location, busyTimeoutMilliseconds: Int, maximumReaders: Int) throws {
        let configuration = Opening.configuration(
            busyTimeoutMilliseconds: busyTimeoutMilliseconds,
            maximumReaders: maximumReaders
        )
        switch location {
        case .memory:
            let database = try mappingDatabaseErrors { try DatabaseQueue(configuration: configuration) }
            kind = .memory(database)
            log = WriterState(log: nil)
            known = Mutex(Known(writer: database.inDatabase { SQLiteConnection(writing: $0) }))
        case .file(let path):
            let pool = try Opening.pool(path: path, configuration: configuration)
            let (writer, log) = try pool.writeWithoutTransaction { database in
                try Opening.setUpWriter(database)
                return (
                    SQLiteConnection(writing: database),
                    WriteAheadLog(database, busyTimeoutMilliseconds: busyTimeoutMilliseconds)
                )
            }
            kind = .file(pool)
            self.log = WriterState(log: log)
            known = Mutex(Known(writer: writer))
        }
    }

    /// Runs a block on the writer's queue, in the order of the calls. Skips it after `close()`.
    func asyncWrite(_ block: @escaping @Sendable (SQLiteConnection, WriteAheadLog?) -> Void) {
        let run: @Sendable (GRDB.Database) -> Void = { [self] _ in
            if let writer = known.withLock({ $0.writer }) { block(writer, log.log) }
        }
        switch kind {
        case .file(let pool): pool.asyncWriteWithoutTransaction(run)
        case .memory(let queue): queue.asyncWriteWithoutTransaction(run)
        }
    }

    /// Runs a block with a connection that refuses writes.
    func asyncRead(_ block: @escaping @Sendable (Result<SQLiteConnection, any Error>) -> Void) {
        switch kind {
        case .file(let pool):
            // Without GRDB's transaction, because ours is prepared once.
            pool.asyncUnsafeRead { [self] database in
                block(Result { try mappingDatabaseErrors { try reader(for: database.get()) } })
            }
        case .memory(let queue):
            // Not asyncRead: GRDB's bookkeeping of transactions does not know of those that are begun here.
            queue.asyncWriteWithoutTransaction { [self] database in
                block(Result { reader(for: database) })
            }
        }
    }

    /// Called once nothing runs.
    func close() async throws {
        let isFirst = known.withLock { known in
            defer {
                // Statements keep a connection open.
                known = Known()
            }
            return known.writer != nil
        }
        guard isFirst else { return }
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            // Copying the log into the file may take a while, which is not for the cooperative pool.
            DispatchQueue.global().async { [kind] in
                continuation.resume(
                    with: Result {
                        try mappingDatabaseErrors {
                            switch kind {
                            case .file(let pool):
                                // The file alone is then the whole database. Another process that reads may prevent
                                // it, which loses nothing: the log stays beside the file.
                                _ = try? pool.writeWithoutTransaction { try $0.checkpoint(.truncate) }
                                try pool.close()
                            case .memory(let queue): try queue.close()
                            }
                        }
                    }
                )
            }
        }
    }

    private func reader(for database: GRDB.Database) -> SQLiteConnection {
        if let reader = known.withLock({ $0.readers[ObjectIdentifier(database)] }) { return reader }
        let reader = SQLiteConnection(database, isOwned: true, isReadOnly: true)
        // It keeps `database` alive, so that no other connection gets its identifier.
        known.withLock { $0.readers[ObjectIdentifier(database)] = reader }
        return reader
    }
}
