import Foundation
public import HooklineStorage
public import Testing

/// A database that contract tests run on: `@Test(arguments: TestDatabase.available)`.
public struct TestDatabase: Sendable, Hashable, CustomTestStringConvertible {
    public enum Engine: String, Sendable {
        case sqliteMemory = "SQLite in memory"
        case sqliteFile = "SQLite in a file"
        case postgres = "PostgreSQL"
    }

    public let engine: Engine

    /// SQLite in memory and in a file, and PostgreSQL where `HOOKLINE_TEST_POSTGRES` has its URL.
    ///
    /// With `HOOKLINE_REQUIRE_POSTGRES=1` PostgreSQL is among them without a URL too, and every test of it fails: in CI
    /// a missing server must not pass for a success. `scripts/with-postgres` sets both.
    public static var available: [TestDatabase] {
        let engines: [Engine] = [.sqliteMemory, .sqliteFile]
        return (engines + (isPostgresExpected ? [.postgres] : [])).map(TestDatabase.init(engine:))
    }

    /// Those that two handles can be open on, as two nodes or a restart.
    public static var shared: [TestDatabase] { available.filter { $0.engine != .sqliteMemory } }

    /// For tests of what only one engine has; empty where PostgreSQL is neither given nor required.
    public static var postgresOnly: [TestDatabase] { available.filter { $0.engine == .postgres } }

    public var testDescription: String { engine.rawValue }

    /// Runs `body` with an empty database of its own, which is closed and removed afterwards.
    public func withDatabase<Result>(_ body: (any Database) async throws -> Result) async throws -> Result {
        try await withStorage { storage in try await body(try await storage.open()) }
    }

    /// Runs `body` with the place of an empty database, on which it opens as many handles as it needs.
    public func withStorage<Result>(_ body: (TestStorage) async throws -> Result) async throws -> Result {
        let storage = try await TestStorage.make(engine)
        do {
            let result = try await body(storage)
            try await storage.remove()
            return result
        } catch {
            // The test's own error tells more than a failure to clean up after it.
            try? await storage.remove()
            throw error
        }
    }

    static var postgresURL: String? {
        ProcessInfo.processInfo.environment["HOOKLINE_TEST_POSTGRES"].flatMap { $0.isEmpty ? nil : $0 }
    }

    private static var isPostgresExpected: Bool {
        postgresURL != nil || ProcessInfo.processInfo.environment["HOOKLINE_REQUIRE_POSTGRES"] == "1"
    }
}

/// Why a test has no database.
public enum TestDatabaseError: Error, CustomStringConvertible {
    case postgresMissing
    case notShared

    public var description: String {
        switch self {
        case .postgresMissing:
            "HOOKLINE_REQUIRE_POSTGRES is set, but HOOKLINE_TEST_POSTGRES has no postgres:// URL; "
                + "run scripts/with-postgres swift test"
        case .notShared: "a database in memory has one handle"
        }
    }
}
