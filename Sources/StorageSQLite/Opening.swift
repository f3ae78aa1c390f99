import GRDB
import GRDBSQLite
internal import HooklineStorage

/// How connections are opened and set.
enum Opening {
    /// Another process that opens a new file at the same moment makes the switch to WAL fail without waiting.
    static let maximumBusyRetries = 5
    /// Of each connection.
    static let pageCacheKibibytes = 16_384
    /// What the write-ahead log is cut to when it starts anew: `CheckpointSchedule.restartPages` of 4 KiB.
    static let retainedLogBytes = 67_108_864

    static func configuration(busyTimeoutMilliseconds: Int, maximumReaders: Int) -> Configuration {
        var configuration = Configuration()
        configuration.label = "hookline"
        configuration.maximumReaderCount = maximumReaders
        configuration.persistentReadOnlyConnections = true
        configuration.prepareDatabase { database in
            // GRDB's busy mode gives readers another timeout than it was told, and by default the writer none.
            try database.execute(sql: "PRAGMA busy_timeout = \(busyTimeoutMilliseconds)")
            try database.execute(sql: "PRAGMA cache_size = -\(pageCacheKibibytes)")
            // The pages that savepoints keep for a rollback stay out of the file system.
            try database.execute(sql: "PRAGMA temp_store = MEMORY")
        }
        return configuration
    }

    static func pool(path: String, configuration: Configuration) throws -> DatabasePool {
        for _ in 0..<maximumBusyRetries {
            do {
                return try mappingDatabaseErrors { try DatabasePool(path: path, configuration: configuration) }
            } catch StorageError.busy {
                continue
            }
        }
        return try mappingDatabaseErrors { try DatabasePool(path: path, configuration: configuration) }
    }

    /// Opening a pool ends with GRDB's `synchronous = NORMAL`, under which the last commits may be lost with the power.
    /// Only the writer syncs at a commit, so only it is set.
    static func setUpWriter(_ database: GRDB.Database) throws {
        try mappingDatabaseErrors {
            try database.execute(sql: "PRAGMA synchronous = FULL")
            // On macOS a sync reaches the disk only when asked for by these; elsewhere they do nothing.
            try database.execute(sql: "PRAGMA fullfsync = ON")
            try database.execute(sql: "PRAGMA checkpoint_fullfsync = ON")
            try database.execute(sql: "PRAGMA journal_size_limit = \(retainedLogBytes)")
            let synchronous = try Int.fetchOne(database, sql: "PRAGMA synchronous")
            guard synchronous == 2 else {
                throw StorageError.failed(
                    code: "SQLITE_MISUSE(21)",
                    message: "SQLite does not sync at each commit: synchronous is \(synchronous ?? -1)"
                )
            }
        }
    }
}

extension SQLiteConnection {
    convenience init(writing database: GRDB.Database) {
        self.init(database, isOwned: true, isReadOnly: false)
    }
}

extension WriteAheadLog {
    convenience init(_ database: GRDB.Database, busyTimeoutMilliseconds: Int) {
        guard let pointer = database.sqliteConnection else { preconditionFailure("the connection is closed") }
        self.init(pointer: pointer, busyTimeoutMilliseconds: CInt(clamping: busyTimeoutMilliseconds))
    }
}
