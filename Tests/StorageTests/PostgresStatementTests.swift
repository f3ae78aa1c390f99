import HooklineStorage
import HooklineStoragePostgres
import HooklineStorageTestSupport
import Testing

/// Types and prepared statements of PostgreSQL.
@Suite struct PostgresStatementTests {
    private func values(_ sql: String, on database: TestDatabase) async throws -> [Value] {
        try await database.withDatabase { database in
            try await database.read { try $0.rows(Statement(sql: sql)).first?.values ?? [] }
        }
    }

    @Test(arguments: TestDatabase.postgresOnly)
    func numbersOfAllSizes(on database: TestDatabase) async throws {
        let read = try await values(
            """
            SELECT CAST(-32768 AS SMALLINT), -2147483648, CAST(-9223372036854775808 AS BIGINT), CAST(1.5 AS REAL),
                CAST(-0.1 AS DOUBLE PRECISION), CAST(4294967295 AS OID), true, false
            """,
            on: database
        )
        let expected: [Value] = [
            .integer(-32768), .integer(-2_147_483_648), .integer(.min), .double(1.5), .double(-0.1),
            .integer(4_294_967_295), .integer(1), .integer(0),
        ]
        #expect(read == expected)
    }

    @Test(arguments: TestDatabase.postgresOnly)
    func textsOfAllKinds(on database: TestDatabase) async throws {
        let read = try await values(
            """
            SELECT 'é', CAST('b' AS VARCHAR(10)), CAST('c' AS CHAR(3)), CAST('d' AS NAME), CAST('{"e": 1}' AS JSON),
                CAST('\\x00ff' AS BYTEA), pg_sleep(0), NULL
            """,
            on: database
        )
        let expected: [Value] = [
            .text("é"), .text("b"), .text("c  "), .text("d"), .text("{\"e\": 1}"), .blob([0, 255]), .null, .null,
        ]
        #expect(read == expected)
    }

    /// `sum` of BIGINT is NUMERIC, which no `Value` holds exactly.
    @Test(arguments: TestDatabase.postgresOnly, ["CAST(1 AS NUMERIC)", "now()", "CAST('{}' AS JSONB)", "ARRAY[1]"])
    func otherTypesAreRefusedWithAdvice(on database: TestDatabase, expression: String) async throws {
        let error = await #expect(throws: StorageError.self) {
            try await values("SELECT \(expression) AS x", on: database)
        }
        guard case .unexpectedValue("x", let advice, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(advice.contains("CAST"))
    }

    @Test(arguments: TestDatabase.postgresOnly)
    func aNullWithoutATypeIsRefusedWithAdvice(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            let error = await #expect(throws: StorageError.self) {
                try await database.read { try $0.rows("SELECT 1 AS one WHERE \(nil as String?) IS NULL").count }
            }
            guard case .failed("42P18", let message) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(message.contains("CAST"))
            let count = try await database.read { transaction in
                try transaction.rows("SELECT 1 AS one WHERE CAST(\(nil as String?) AS TEXT) IS NULL").count
            }
            #expect(count == 1)
        }
    }

    /// Integers are bound as 64 bits, and fit columns of 32.
    @Test(arguments: TestDatabase.postgresOnly)
    func narrowColumnsTakeIntegers(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            let found = try await database.write { transaction in
                try transaction.execute(
                    "CREATE TABLE narrow (flag INTEGER, small SMALLINT, ratio REAL, key VARCHAR(10))"
                )
                try transaction.execute("INSERT INTO narrow VALUES (\(true), \(7), \(0.5), \("k"))")
                return try transaction.rows(
                    "SELECT flag FROM narrow WHERE flag = \(true) AND small = \(7) AND ratio = \(0.5) AND key = \("k")"
                ).count
            }
            #expect(found == 1)
            let error = await #expect(throws: StorageError.self) {
                try await database.write { try $0.execute("INSERT INTO narrow (flag) VALUES (\(Int64.max))") }
            }
            guard case .failed("22003", _) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }

    private func preparedCount(in transaction: any Transaction) throws -> Int64 {
        try transaction.first("SELECT count(*) AS n FROM pg_prepared_statements")!.integer("n")
    }

    @Test(arguments: TestDatabase.postgresOnly)
    func aTextIsPreparedOnce(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            try await Items.create(in: database)
            let counts = try await database.write { transaction in
                try Items.add("first", number: 1, in: transaction)
                let before = try preparedCount(in: transaction)
                for number in 0..<50 {
                    try Items.add("i\(number)", number: number % 2 == 0 ? nil : number, in: transaction)
                }
                return [before, try preparedCount(in: transaction)]
            }
            #expect(counts[0] == counts[1])
        }
    }

    /// NULLs in any combination need few statements: what was not NULL before gives them their types.
    @Test(arguments: TestDatabase.postgresOnly)
    func nullsInAnyCombinationNeedFewStatements(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            try await Items.create(in: database)
            let prepared = try await database.write { transaction in
                let before = try preparedCount(in: transaction)
                for combination in 0..<8 {
                    func unless<Wrapped>(_ bit: Int, _ value: Wrapped) -> Wrapped? {
                        combination & bit == 0 ? nil : value
                    }
                    try transaction.execute(
                        """
                        INSERT INTO items (id, number, ratio, note)
                        VALUES (\("c\(combination)"), \(unless(1, 1)), \(unless(2, 0.5)), \(unless(4, "x")))
                        """
                    )
                }
                return try preparedCount(in: transaction) - before
            }
            #expect(prepared == 4)
        }
    }

    @Test(arguments: TestDatabase.postgresOnly)
    func preparedStatementsAreBounded(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            let count = try await database.read { transaction in
                for number in 0..<400 {
                    let row = try transaction.first(Statement(sql: "SELECT \(number) AS n"))
                    #expect(try row?.integer("n") == Int64(number))
                }
                return try preparedCount(in: transaction)
            }
            #expect(count == 256)
        }
    }
}
