import HooklineStorage
import HooklineStorageTestSupport
import Testing

@Suite struct StatementRenderingTests {
    @Test func valuesAreNumberedInOrder() {
        let statement: Statement = "SELECT \(1), \("two") WHERE x = \(nil as Int?)"
        let sqlite = statement.rendered(for: .sqlite)
        #expect(sqlite.sql == "SELECT ?1, ?2 WHERE x = ?3")
        #expect(sqlite.values == [.integer(1), .text("two"), .null])
        #expect(statement.rendered(for: .postgres).sql == "SELECT $1, $2 WHERE x = $3")
    }

    @Test func splicedAndContinuedStatementsKeepTheirValues() {
        let condition: Statement = "b = \(2)"
        var statement: Statement = "SELECT 1 WHERE a = \(1) AND \(condition)"
        statement += " AND c = \(3)"
        let (sql, values) = statement.rendered(for: .sqlite)
        #expect(sql == "SELECT 1 WHERE a = ?1 AND b = ?2 AND c = ?3")
        #expect(values == [.integer(1), .integer(2), .integer(3)])
    }

    @Test(arguments: [(0, 0), (1, 1), (2, 2), (3, 4), (5, 8), (1000, 1024), (16_385, 32_766), (32_766, 32_766)])
    func listsArePaddedToPowersOfTwoWithinTheLimit(count: Int, bound: Int) {
        let statement: Statement = "x \(in: Array(0..<count))"
        let (_, values) = statement.rendered(for: .postgres)
        #expect(values.count == bound)
        #expect(values.dropFirst(count).allSatisfy { $0 == .integer(Int64(count - 1)) })
    }
}

@Suite struct StatementTests {
    @Test(arguments: TestDatabase.available)
    func listsMatchTheirMembers(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            try await Items.create(in: database)
            try await database.write { transaction in
                for number in 0..<40 { try Items.add("i\(number + 10)", number: number, in: transaction) }
            }
            for count in [0, 1, 2, 3, 5, 17, 40, 3000] {
                let numbers = try await database.read { transaction in
                    try transaction.rows(
                        "SELECT number FROM items WHERE number \(in: Array(0..<count)) ORDER BY number"
                    ).map { try $0.integer("number") }
                }
                #expect(numbers == (0..<Int64(min(count, 40))).map { $0 })
                let others = try await database.read { transaction in
                    try transaction.first("SELECT count(*) AS n FROM items WHERE id \(in: ["i10", "none"])")?.integer(
                        "n"
                    )
                }
                #expect(others == 1)
            }
        }
    }

    @Test(arguments: TestDatabase.available)
    func asManyValuesAsAreAllowed(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            try await Items.create(in: database)
            let count = try await database.write { transaction in
                try Items.add("a", number: 32_765, in: transaction)
                let numbers = Array(0..<Dialect.maximumBoundValues)
                return try transaction.rows("SELECT id FROM items WHERE number \(in: numbers)").count
            }
            #expect(count == 1)
        }
    }

    @Test(arguments: TestDatabase.available)
    func textIsOrderedByBytes(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            try await Items.create(in: database)
            let ids = ["a", "B", "b", "A", "ä", "z", "Z", "_", "1", "10", "2", "é", "e\u{301}", "日", "😀", "\u{FFFD}"]
            try await database.write { transaction in
                for id in ids { try Items.add(id, in: transaction) }
            }
            let expected = ids.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            let read = try await Items.ids(in: database)
            #expect(read.map { Array($0.utf8) } == expected.map { Array($0.utf8) })
            let above = try await database.read { transaction in
                try transaction.rows("SELECT id FROM items WHERE id > \("Z") ORDER BY id").count
            }
            #expect(above == expected.count { !$0.utf8.lexicographicallyPrecedes("Z".utf8) && $0 != "Z" })
        }
    }

    @Test(arguments: TestDatabase.available)
    func executeCountsTheRowsThatItChanged(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            #expect(try await database.write { try $0.execute(Items.creation) } == 0)
            let counts = try await database.write { transaction in
                [
                    try transaction.execute("INSERT INTO items (id) VALUES ('a'), ('b'), ('c')"),
                    try transaction.execute("UPDATE items SET number = 1 WHERE id <> 'a'"),
                    try transaction.execute("UPDATE items SET number = 1 WHERE id = 'x'"),
                    try transaction.execute("INSERT INTO items (id) VALUES ('a'), ('d') ON CONFLICT (id) DO NOTHING"),
                    try transaction.execute("CREATE INDEX items_number ON items (number)"),
                    try transaction.execute("SELECT id FROM items"),
                    try transaction.execute("DELETE FROM items"),
                ]
            }
            #expect(counts == [3, 2, 0, 1, 0, 0, 4])
        }
    }

    @Test(arguments: TestDatabase.available)
    func returningAnswersTheRowsThatWereWritten(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            try await Items.create(in: database)
            let rows = try await database.write { transaction in
                try transaction.rows("INSERT INTO items (id, number) VALUES ('a', 1), ('b', 2) RETURNING id, number")
            }
            #expect(rows.map(\.values) == [[.text("a"), .integer(1)], [.text("b"), .integer(2)]])
            #expect(try await Items.ids(in: database) == ["a", "b"])
        }
    }

    /// The columns of a prepared statement follow the table.
    @Test(arguments: TestDatabase.available)
    func aTableThatGrowsBetweenTwoReads(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            try await database.write { transaction in
                try transaction.execute("CREATE TABLE growing (a BIGINT)")
                try transaction.execute("INSERT INTO growing (a) VALUES (1)")
            }
            #expect(try await database.read { try $0.first("SELECT * FROM growing")?.columns.names } == ["a"])
            try await database.write { try $0.execute("ALTER TABLE growing ADD COLUMN b TEXT") }
            for _ in 0..<5 {
                #expect(try await database.read { try $0.first("SELECT * FROM growing")?.columns.names } == ["a", "b"])
            }
        }
    }

    @Test(arguments: TestDatabase.available)
    func wrongSQLIsAnErrorOfTheProgram(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            for sql in ["SELEKT 1", "SELECT nothing FROM nowhere", "", "SELECT 1; SELECT 2"] {
                let error = await #expect(throws: StorageError.self) {
                    try await database.read { try $0.rows(Statement(sql: sql)).count }
                }
                guard case .failed = error else {
                    Issue.record("\(sql): \(String(describing: error))")
                    continue
                }
            }
        }
    }
}
