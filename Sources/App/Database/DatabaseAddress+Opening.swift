import HooklineStorage
import HooklineStoragePostgres
import HooklineStorageSQLite
import Logging

extension DatabaseAddress {
    /// Opens the database and brings it to the schema of this binary.
    func openMigrated(dataFolder: String, logger: Logger) async throws(StartError) -> any Database {
        let database = try opened(dataFolder: dataFolder, logger: logger)
        do {
            try await Migrator(Migrations.all).migrate(database)
            return database
        } catch {
            // What closing says does not matter any more.
            try? await database.close()
            throw StartError(error, database: self)
        }
    }

    private func opened(dataFolder: String, logger: Logger) throws(StartError) -> any Database {
        do {
            switch self {
            case .sqlite(let path):
                try createFolder(of: path, dataFolder: dataFolder)
                return try SQLiteDatabase(location: .file(path: path))
            case .sqliteInMemory: return try SQLiteDatabase(location: .memory)
            case .postgres(let url): return try PostgresDatabase(PostgresConfiguration(url: url, logger: logger))
            }
        } catch let error as StartError {
            throw error
        } catch {
            throw StartError(error, database: self)
        }
    }

    /// The folder of the data is made; another one that a path names must exist, as it may be a misspelt one.
    private func createFolder(of path: String, dataFolder: String) throws(StartError) {
        guard self == .inFolder(dataFolder) else { return }
        try DataFolder.create(dataFolder)
    }

    /// The file that the key of the first administrator is written to.
    func firstAdminKeyPath(dataFolder: String) -> String {
        switch self {
        case .sqlite(let path): "\(path).admin-key"
        case .sqliteInMemory, .postgres: "\(dataFolder)/hookline.admin-key"
        }
    }
}

/// The folder of `--data`.
enum DataFolder {
    /// Makes the folder for its owner alone, where it is missing.
    static func create(_ path: String) throws(StartError) {
        do {
            try SmallFile.createFolder(path)
        } catch {
            throw StartError("the folder \(path) cannot be made: \(error)", .cannotCreate)
        }
    }
}
