import HooklineStorage
import HooklineStorageTestSupport
import Testing

@Suite struct MigrationTests {
    private static let first = Migration("test-1") { _ in
        ["CREATE TABLE steps (name TEXT)", "INSERT INTO steps (name) VALUES ('test-1')"]
    }
    private static let second = Migration("test-2") { dialect in
        ["INSERT INTO steps (name) VALUES ('test-2')", "INSERT INTO steps (name) VALUES (\(dialect.rawValue))"]
    }
    private static let contracting = Migration("test-3", oldestAllowedVersion: 3) { _ in
        ["INSERT INTO steps (name) VALUES ('test-3')"]
    }

    private func steps(in database: any Database) async throws -> [String] {
        try await database.read { transaction in
            try transaction.rows("SELECT name FROM steps").map { try $0.text("name") }
        }
    }

    @Test(arguments: TestDatabase.available)
    func stepsRunOnceAndInOrder(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            let migrator = Migrator([Self.first, Self.second])
            for _ in 0..<3 { try await migrator.migrate(database) }
            #expect(try await steps(in: database) == ["test-1", "test-2", database.dialect.rawValue])
        }
    }

    @Test(arguments: TestDatabase.available)
    func stepsThatWereAppendedRunLater(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            try await Migrator([Self.first]).migrate(database)
            #expect(try await steps(in: database) == ["test-1"])
            try await Migrator([Self.first, Self.second, Self.contracting]).migrate(database)
            #expect(try await steps(in: database) == ["test-1", "test-2", database.dialect.rawValue, "test-3"])
        }
    }

    @Test(arguments: TestDatabase.shared)
    func severalNodesAtOnce(on database: TestDatabase) async throws {
        try await database.withStorage { storage in
            let migrator = Migrator([Self.first, Self.second, Self.contracting])
            var nodes: [any Database] = []
            for _ in 0..<6 { nodes.append(try await storage.open()) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for node in nodes { group.addTask { try await migrator.migrate(node) } }
                try await group.waitForAll()
            }
            #expect(try await steps(in: nodes[0]).count == 4)
        }
    }

    /// An older binary may use the schema as long as nothing that it needs was taken away.
    @Test(arguments: TestDatabase.available)
    func anOlderBinaryIsRefusedOnlyAfterAContraction(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            try await Migrator([Self.first, Self.second]).migrate(database)
            try await Migrator([Self.first]).migrate(database)
            try await Migrator([Self.first, Self.second, Self.contracting]).migrate(database)
            let before = try await steps(in: database)
            let unrelated = Migration("test-x") { _ in ["INSERT INTO steps (name) VALUES ('x')"] }
            for older in [Migrator([]), Migrator([Self.first]), Migrator([Self.first, unrelated])] {
                await #expect(throws: StorageError.newerSchema(oldestAllowed: 3, supported: older.version)) {
                    try await older.migrate(database)
                }
            }
            #expect(try await steps(in: database) == before)
            let recorded = try await database.read { try $0.rows("SELECT name FROM hookline_migrations").count }
            #expect(recorded == 3)
        }
    }

    @Test(arguments: TestDatabase.available)
    func aStepThatFailsLeavesNothingBehind(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            let failing = Migration("test-f") { _ in
                ["CREATE TABLE half (id TEXT)", "INSERT INTO nowhere (id) VALUES ('x')"]
            }
            await #expect(throws: StorageError.self) { try await Migrator([Self.first, failing]).migrate(database) }
            try await Migrator([Self.first]).migrate(database)
            #expect(try await steps(in: database) == ["test-1"])
            try await database.write { try $0.execute("CREATE TABLE half (id TEXT)") }
        }
    }
}
