import HooklineStorage
import HooklineStorageTestSupport
import Testing

@Suite struct BulkUpdateTests {
    private static func update(where condition: String? = nil, _ rows: [[Value]]) -> BulkUpdate {
        BulkUpdate(
            of: "items",
            key: [.init("id", .text)],
            setting: [.init("note", .text)],
            adding: [.init("number", .integer)],
            where: condition,
            rows: rows
        )
    }

    private func filled(_ database: any Database, count: Int) async throws {
        try await Items.create(in: database)
        try await database.write { transaction in
            for index in 0..<count { try Items.add("id-\(10_000 + index)", number: index, in: transaction) }
        }
    }

    /// More rows than one statement of PostgreSQL takes, some of which do not exist.
    @Test(arguments: TestDatabase.available)
    func rowsTakeAndAddTheirOwnValues(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            try await filled(database, count: 500)
            let rows = (0..<12_000).map { index -> [Value] in
                [.text("id-\(10_000 + index)"), index % 2 == 0 ? .null : .text("n\(index)"), .integer(1000)]
            }
            #expect(try await database.write { try $0.update(Self.update(rows)) } == 500)
            let stored = try await database.read { try $0.rows("SELECT id, number, note FROM items ORDER BY id") }
            #expect(stored.count == 500)
            for (index, row) in stored.enumerated() {
                #expect(try row.integer("number") == Int64(index) + 1000)
                #expect(try row.optionalText("note") == (index % 2 == 0 ? nil : "n\(index)"))
            }
        }
    }

    @Test(arguments: TestDatabase.available)
    func aConditionLeavesOtherRowsAlone(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            try await filled(database, count: 10)
            let rows = (0..<10).map { [Value.text("id-\(10_000 + $0)"), .text("seen"), .integer(0)] }
            let changed = try await database.write { try $0.update(Self.update(where: "items.number < 4", rows)) }
            #expect(changed == 4)
            let seen = try await database.read { try $0.rows("SELECT id FROM items WHERE note = 'seen'") }
            #expect(seen.count == 4)
        }
    }

    @Test(arguments: TestDatabase.available)
    func noRowsAreNoChange(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            try await filled(database, count: 1)
            #expect(try await database.write { try $0.update(Self.update([])) } == 0)
        }
    }
}
