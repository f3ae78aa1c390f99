import Foundation
public import HooklineStorage
public import HooklineStoragePostgres
public import HooklineStorageSQLite
import Synchronization

/// Where a test's database is: a folder, a schema, or memory.
public final class TestStorage: Sendable {
    /// What to open a handle with.
    public enum Place: Sendable {
        case memory
        /// The path of the file, in a folder of its own.
        case file(path: String)
        /// A URL whose connections make and find tables in the schema.
        case postgres(url: String, schema: String)
    }

    public let place: Place
    private let handles = Mutex<[any Database]>([])

    /// Of each handle. Tests run in parallel and share the server's connections.
    static let poolSize = 4
    /// How many schemas are in use at once: their pools, listeners and announcers stay below `max_connections`.
    static let maximumSchemas = 12
    private static let schemas = Permits(maximumSchemas)

    private init(_ place: Place) {
        self.place = place
    }

    /// Opens a handle, which is closed with the storage if the test does not close it. In memory there is only one.
    public func open() async throws -> any Database {
        switch place {
        case .memory:
            guard handles.withLock({ $0.isEmpty }) else { throw TestDatabaseError.notShared }
            return keep(try SQLiteDatabase(location: .memory))
        case .file: return try openSQLite()
        case .postgres: return try openPostgres()
        }
    }

    /// Opens a handle on a file with settings of the test's choice.
    public func openSQLite(
        busyTimeoutMilliseconds: Int = SQLiteDatabase.defaultBusyTimeoutMilliseconds
    ) throws -> SQLiteDatabase {
        guard case .file(let path) = place else { throw TestDatabaseError.notShared }
        return keep(
            try SQLiteDatabase(location: .file(path: path), busyTimeoutMilliseconds: busyTimeoutMilliseconds)
        )
    }

    /// Opens a handle on a schema with settings of the test's choice.
    public func openPostgres(
        _ change: (inout PostgresConfiguration) -> Void = { _ in }
    ) throws -> PostgresDatabase {
        guard case .postgres(let url, _) = place else { throw TestDatabaseError.notShared }
        var configuration = PostgresConfiguration(url: url, poolSize: Self.poolSize)
        change(&configuration)
        return keep(try PostgresDatabase(configuration))
    }

    private func keep<Handle: Database>(_ handle: Handle) -> Handle {
        handles.withLock { $0.append(handle) }
        return handle
    }

    // MARK: Life

    static func make(_ engine: TestDatabase.Engine) async throws -> TestStorage {
        switch engine {
        case .sqliteMemory: return TestStorage(.memory)
        case .sqliteFile:
            let folder = FileManager.default.temporaryDirectory.appending(path: "hookline-test-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            return TestStorage(.file(path: folder.appending(path: "hookline.sqlite").path))
        case .postgres:
            guard let url = TestDatabase.postgresURL else { throw TestDatabaseError.postgresMissing }
            await schemas.acquire()
            let schema = "test_" + UUID().uuidString.lowercased().replacing("-", with: "_")
            do {
                try await administrate(url, "CREATE SCHEMA \(schema)")
            } catch {
                schemas.release()
                throw error
            }
            // The application's name tells a test's connections from those of others.
            let parameters = "options=-c%20search_path%3D\(schema)&application_name=\(schema)"
            return TestStorage(
                .postgres(url: "\(url)\(url.contains("?") ? "&" : "?")\(parameters)", schema: schema)
            )
        }
    }

    func remove() async throws {
        for handle in handles.withLock({ $0 }) { try await handle.close() }
        switch place {
        case .memory: break
        case .file(let path):
            try FileManager.default.removeItem(at: URL(filePath: path).deletingLastPathComponent())
        case .postgres(_, let schema):
            defer { Self.schemas.release() }
            guard let url = TestDatabase.postgresURL else { return }
            try await Self.administrate(url, "DROP SCHEMA \(schema) CASCADE")
        }
    }

    private static func administrate(_ url: String, _ sql: String) async throws {
        let database = try PostgresDatabase(PostgresConfiguration(url: url, poolSize: 1))
        try await database.write { try $0.execute(Statement(sql: sql)) }
        try await database.close()
    }
}
