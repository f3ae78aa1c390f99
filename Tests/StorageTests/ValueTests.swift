import HooklineStorage
import HooklineStorageTestSupport
import Testing

/// Every kind of value comes back as it was bound, on every database.
@Suite struct ValueTests {
    private func roundTrip(_ values: [Value], column: String, on database: TestDatabase) async throws -> [Value] {
        try await database.withDatabase { database in
            try await Items.create(in: database)
            return try await database.write { transaction in
                for (index, value) in values.enumerated() {
                    var statement = Statement(sql: "INSERT INTO items (id, \(column)) VALUES (")
                    statement += "\(String(1000 + index)), \(value))"
                    #expect(try transaction.execute(statement) == 1)
                }
                return try transaction.rows("SELECT * FROM items ORDER BY id").map { $0[column] }
            }
        }
    }

    @Test(arguments: TestDatabase.available)
    func integers(on database: TestDatabase) async throws {
        let values: [Value] = [0, 1, -1, 255, 256, .max, .min, 1 << 32, -(1 << 31)].map(Value.integer) + [.null]
        #expect(try await roundTrip(values, column: "number", on: database) == values)
    }

    @Test(arguments: TestDatabase.available)
    func doublesBitForBit(on database: TestDatabase) async throws {
        let numbers: [Double] = [
            0.1, -2.5, .pi, .greatestFiniteMagnitude, -.greatestFiniteMagnitude, .leastNormalMagnitude,
            .leastNonzeroMagnitude, .infinity, -.infinity, 1e100, 0x1.fffffffffffffp-1,
        ]
        let read = try await roundTrip(numbers.map(Value.double), column: "ratio", on: database)
        #expect(read == numbers.map(Value.double))
    }

    /// SQLite may answer a whole number of a column of doubles as an integer; `Row` makes it a double again.
    @Test(arguments: TestDatabase.available)
    func wholeNumbersAsDoubles(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            try await Items.create(in: database)
            let read = try await database.write { transaction in
                try transaction.execute("INSERT INTO items (id, ratio) VALUES ('a', \(3.0)), ('b', \(-0.0))")
                return try transaction.rows("SELECT ratio FROM items ORDER BY id").map { try $0.double("ratio") }
            }
            #expect(read == [3, 0])
        }
    }

    @Test(arguments: TestDatabase.available)
    func textsByteForByte(on database: TestDatabase) async throws {
        let texts = [
            "", " ", "plain", "'quoted' \"twice\" \\ back", "a\u{301}", "\u{E1}", "日本語", "👩‍👩‍👧‍👦", "\u{FEFF}bom",
            "\u{1}\u{7F}\n\t",
            "{\"b\": 1,  \"a\": 2}", String(repeating: "é", count: 100_000),
        ]
        let read = try await roundTrip(texts.map(Value.text), column: "note", on: database)
        let bytes = read.map { value in
            guard case .text(let text) = value else { return [] as [UInt8] }
            return Array(text.utf8)
        }
        #expect(bytes == texts.map { Array($0.utf8) })
    }

    @Test(arguments: TestDatabase.available)
    func blobs(on database: TestDatabase) async throws {
        let large = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let values: [Value] = [.blob([]), .blob([0]), .blob(Array(0...255)), .blob(large), .null]
        let read = try await roundTrip(values, column: "bytes", on: database)
        // Compared one by one: a failure would print megabytes.
        #expect(read.count == values.count)
        for (index, value) in values.enumerated() { #expect(read[index] == value, "value \(index)") }
    }

    /// An empty text and an empty blob are values, not NULL.
    @Test(arguments: TestDatabase.available)
    func emptyIsNotNull(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            try await Items.create(in: database)
            let count = try await database.write { transaction in
                try transaction.execute(
                    "INSERT INTO items (id, note, bytes) VALUES (\("a"), \(""), \([UInt8]())), (\(""), \("x"), \([1 as UInt8]))"
                )
                return try transaction.rows(
                    "SELECT id FROM items WHERE note IS NOT NULL AND bytes IS NOT NULL AND length(bytes) < 2"
                ).count
            }
            #expect(count == 2)
        }
    }

    @Test(arguments: TestDatabase.available)
    func textsThatOnlyLookAlikeDiffer(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            try await Items.create(in: database)
            let composed = "caf\u{E9}"
            let decomposed = "cafe\u{301}"
            let found = try await database.write { transaction in
                try Items.add(composed, in: transaction)
                try Items.add(decomposed, in: transaction)
                return try transaction.rows("SELECT id FROM items WHERE id = \(composed)").map { try $0.text("id") }
            }
            #expect(found.map { Array($0.utf8) } == [Array(composed.utf8)])
        }
    }

    @Test(arguments: TestDatabase.available)
    func theNullCharacterIsRefused(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            try await Items.create(in: database)
            for text in ["\0", "a\0", "a\0b"] {
                let error = await #expect(throws: StorageError.self) {
                    try await database.write { try Items.add(text, in: $0) }
                }
                guard case .failed("22021", _) = error else {
                    Issue.record("\(String(describing: error))")
                    continue
                }
            }
            #expect(try await Items.count(in: database) == 0)
        }
    }

    @Test(arguments: TestDatabase.available)
    func notANumberIsRefused(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            try await Items.create(in: database)
            let error = await #expect(throws: StorageError.self) {
                try await database.write { try $0.execute("INSERT INTO items (id, ratio) VALUES ('a', \(Double.nan))") }
            }
            guard case .failed("22003", _) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }

    /// The same text is prepared once, and takes NULL and any value in any order.
    @Test(arguments: TestDatabase.available)
    func nullAndValuesInOneStatement(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            try await Items.create(in: database)
            let rows = try await database.write { transaction in
                func add(_ id: String, _ number: Int?, _ ratio: Double?, _ note: String?, _ bytes: [UInt8]?) throws {
                    try transaction.execute(
                        """
                        INSERT INTO items (id, number, ratio, note, bytes)
                        VALUES (\(id), \(number), \(ratio), \(note), \(bytes))
                        """
                    )
                }
                try add("a", nil, nil, nil, nil)
                try add("b", 1, 0.5, "x", [1])
                try add("c", nil, 0.5, nil, [2])
                try add("d", 2, nil, "y", nil)
                return try transaction.rows("SELECT number, ratio, note, bytes FROM items ORDER BY id").map(\.values)
            }
            let expected: [[Value]] = [
                [.null, .null, .null, .null],
                [.integer(1), .double(0.5), .text("x"), .blob([1])],
                [.null, .double(0.5), .null, .blob([2])],
                [.integer(2), .null, .text("y"), .null],
            ]
            #expect(rows == expected)
        }
    }

    @Test(arguments: TestDatabase.available)
    func aColumnOfAnotherTypeIsAnError(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            await #expect(
                throws: StorageError.unexpectedValue(column: "x", expected: "integer", found: "text")
            ) {
                try await database.read { try $0.first("SELECT CAST('a' AS TEXT) AS x")?.integer("x") }
            }
            await #expect(
                throws: StorageError.unexpectedValue(column: "x", expected: "a value", found: "null")
            ) {
                try await database.read { try $0.first("SELECT CAST(NULL AS TEXT) AS x")?.text("x") }
            }
        }
    }
}
