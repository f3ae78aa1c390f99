import GRDBSQLite

/// Keeps the write-ahead log short.
///
/// SQLite's own automatic checkpoint runs inside COMMIT, before anybody is answered, and after a reader held the log
/// once it runs, and syncs, at every commit; while readers overlap the log never starts anew. So its length is watched
/// here: after the answers, each time that it has grown by so much, it is copied into the file without waiting, and
/// from a larger length on with waiting for the readers that hold it.
final class WriteAheadLog {
    private let pointer: OpaquePointer
    private let busyTimeoutMilliseconds: CInt
    /// The length in pages, written by the hook, which SQLite calls after each commit.
    private let length: UnsafeMutablePointer<CInt>
    private var schedule = CheckpointSchedule()

    /// How long writers wait for a reader that holds a long log.
    static let restartMilliseconds: CInt = 100

    init(pointer: OpaquePointer, busyTimeoutMilliseconds: CInt) {
        self.pointer = pointer
        self.busyTimeoutMilliseconds = busyTimeoutMilliseconds
        length = .allocate(capacity: 1)
        length.initialize(to: 0)
        // Replaces the automatic checkpoint, which is such a hook itself.
        sqlite3_wal_hook(
            pointer,
            { context, _, _, pages in
                context?.assumingMemoryBound(to: CInt.self).pointee = pages
                return SQLITE_OK
            },
            length
        )
    }

    deinit {
        length.deallocate()
    }

    /// Called on the writer's queue, outside a transaction. A failure is left to the next commit, which meets it again.
    func checkpointIfLong() {
        switch schedule.next(pages: length.pointee) {
        case .none: break
        case .copy: sqlite3_wal_checkpoint_v2(pointer, nil, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
        case .restart:
            sqlite3_busy_timeout(pointer, Self.restartMilliseconds)
            sqlite3_wal_checkpoint_v2(pointer, nil, SQLITE_CHECKPOINT_RESTART, nil, nil)
            sqlite3_busy_timeout(pointer, busyTimeoutMilliseconds)
        }
    }
}

/// When to copy the log into the file, decided from its length after each commit.
struct CheckpointSchedule {
    enum Action: Equatable {
        case none
        /// Copies what no reader needs, and waits for nobody.
        case copy
        /// Waits for readers, so that the next commit starts the log anew.
        case restart
    }

    private var nextCopy = CheckpointSchedule.copyPages
    private var nextRestart = CheckpointSchedule.restartPages
    private var last: CInt = 0

    /// 32 MiB. A commit of a thousand events with random ids writes some two thousand pages, most of them again by the
    /// next: SQLite's own distance of 1,000 pages would copy and sync after every commit.
    static let copyPages: CInt = 8192
    /// 64 MiB.
    static let restartPages: CInt = 16_384

    mutating func next(pages: CInt) -> Action {
        if pages < last { self = CheckpointSchedule() }
        last = pages
        guard pages >= nextCopy else { return .none }
        nextCopy = pages + Self.copyPages
        guard pages >= nextRestart else { return .copy }
        nextRestart = pages + Self.restartPages
        return .restart
    }
}
