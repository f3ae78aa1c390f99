import HooklineStorage
import HooklineStorageTestSupport
import Testing

@Suite struct BulkInsertTests {
    private static let columns: [BulkInsert.Column] = [
        .init("id", .text), .init("number", .integer), .init("ratio", .double), .init("note", .text),
        .init("bytes", .blob),
    ]

    private static func row(_ index: Int, note: String? = nil) -> [Value] {
        [
            .text("id-\(index + 100_000)"), .integer(Int64(index)),
            index % 3 == 0 ? .null : .double(Double(index) + 0.5),
            note.map(Value.text) ?? .null, .blob([UInt8](repeating: UInt8(index % 251), count: index % 7)),
        ]
    }

    private func batch(_ conflict: BulkInsert.Conflict, _ rows: [[Value]]) -> BulkInsert {
        BulkInsert(into: "items", columns: Self.columns, conflict: conflict, rows: rows)
    }

    private func all(in database: any Database) async throws -> [[Value]] {
        try await database.read { transaction in
            try transaction.rows("SELECT id, number, ratio, note, bytes FROM items ORDER BY id").map(\.values)
        }
    }

    @Test(arguments: TestDatabase.available)
    func tenThousandRowsAreStoredAsGiven(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            try await Items.create(in: database)
            let rows = (0..<10_000).map { Self.row($0, note: $0 % 2 == 0 ? "n\($0) é" : nil) }
            let batch = batch(.fail, rows)
            #expect(try await database.write { try $0.insert(batch) } == 10_000)
            let stored = try await all(in: database)
            #expect(stored.count == rows.count)
            #expect(zip(stored, rows).allSatisfy { $0 == $1 })
        }
    }

    /// More than one statement's worth, and the rows draw numbers in the order they were given.
    @Test(arguments: TestDatabase.available)
    func manyStatementsKeepTheOrder(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            let inOrder = try await database.write { transaction in
                let key =
                    transaction.dialect == .sqlite
                    ? "INTEGER PRIMARY KEY AUTOINCREMENT" : "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
                try transaction.execute(Statement(sql: "CREATE TABLE log (position \(key), number BIGINT)"))
                let rows = (0..<25_000).map { [Value.integer(Int64($0))] }
                let batch = BulkInsert(into: "log", columns: [.init("number", .integer)], rows: rows)
                #expect(try transaction.insert(batch) == 25_000)
                return try transaction.rows("SELECT position, number FROM log ORDER BY position").allSatisfy {
                    try $0.integer("position") == $0.integer("number") + 1
                }
            }
            #expect(inOrder)
        }
    }

    @Test(arguments: TestDatabase.available)
    func aConflictIsAnErrorUnlessAskedOtherwise(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            try await Items.create(in: database)
            let first = batch(.fail, [Self.row(5)])
            try await database.write { try $0.insert(first) }
            let second = batch(.fail, (0..<10_000).map { Self.row($0) })
            let error = await #expect(throws: StorageError.self) {
                try await database.write { try $0.insert(second) }
            }
            guard case .constraint = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(try await Items.count(in: database) == 1)
        }
    }

    @Test(arguments: TestDatabase.available)
    func ignoringAConflictKeepsTheOldRow(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            try await Items.create(in: database)
            let old = batch(.fail, (0..<100).map { Self.row($0, note: "old") })
            let new = batch(.ignore(key: ["id"]), (0..<10_000).map { Self.row($0, note: "new") })
            let written = try await database.write { transaction in
                try transaction.insert(old)
                return try transaction.insert(new)
            }
            #expect(written == 9900)
            let notes = try await all(in: database).map { $0[3] }
            #expect(notes.prefix(100).allSatisfy { $0 == .text("old") })
            #expect(notes.count { $0 == .text("new") } == 9900)
        }
    }

    /// Within one batch too: the first row stays.
    @Test(arguments: TestDatabase.available)
    func ignoringTakesTheFirstOfTwoInABatch(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            try await Items.create(in: database)
            let batch = batch(.ignore(key: ["id"]), [Self.row(1, note: "first"), Self.row(1, note: "second")])
            #expect(try await database.write { try $0.insert(batch) } == 1)
            #expect(try await all(in: database).map { $0[3] } == [.text("first")])
        }
    }

    @Test(arguments: TestDatabase.available)
    func replacingTakesTheNewValues(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            try await Items.create(in: database)
            let old = batch(.fail, (0..<100).map { Self.row($0, note: "old") })
            let new = batch(.replace(key: ["id"]), (0..<10_000).map { Self.row($0, note: nil) })
            let written = try await database.write { transaction in
                try transaction.insert(old)
                return try transaction.insert(new)
            }
            #expect(written == 10_000)
            #expect(try await all(in: database).allSatisfy { $0[3] == .null })
        }
    }

    /// A table that is its key has nothing to replace.
    @Test(arguments: TestDatabase.available)
    func replacingARowThatIsItsKey(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            let batch = BulkInsert(
                into: "pairs",
                columns: [.init("a", .text), .init("b", .integer)],
                conflict: .replace(key: ["a", "b"]),
                rows: [[.text("x"), .integer(1)], [.text("x"), .integer(2)]]
            )
            let counts = try await database.write { transaction in
                try transaction.execute("CREATE TABLE pairs (a TEXT, b BIGINT, PRIMARY KEY (a, b))")
                return [try transaction.insert(batch), try transaction.insert(batch)]
            }
            #expect(counts == [2, 0])
        }
    }

    @Test(arguments: TestDatabase.available)
    func noRowsAreNoStatement(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            try await Items.create(in: database)
            let batch = batch(.fail, [])
            #expect(try await database.write { try $0.insert(batch) } == 0)
        }
    }

    @Test(arguments: TestDatabase.available)
    func refusedValuesAreRefusedInABatch(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            try await Items.create(in: database)
            for row: [Value] in [
                [.text("a\0b"), .null, .null, .null, .null], [.text("a"), .null, .double(.nan), .null, .null],
            ] {
                let batch = batch(.fail, [Self.row(1), row])
                await #expect(throws: StorageError.self) { try await database.write { try $0.insert(batch) } }
            }
            #expect(try await Items.count(in: database) == 0)
        }
    }
}
