import HooklineStorage
import HooklineStoragePostgres
import HooklineStorageTestSupport
import Testing

/// What `write` runs again, and what it does not.
@Suite struct PostgresConflictTests {
    /// Two transactions that lock two rows in opposite orders: the server ends one of them.
    @Test(arguments: TestDatabase.postgresOnly)
    func aDeadlockIsRunAgain(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            try await Items.create(in: database)
            try await database.write { transaction in
                try Items.add("a", number: 0, in: transaction)
                try Items.add("b", number: 0, in: transaction)
            }
            let attempts = Counter()
            let hasLocked = [Gate(), Gate()]
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (index, order) in [["a", "b"], ["b", "a"]].enumerated() {
                    group.addTask {
                        try await database.write { transaction in
                            attempts.increment()
                            try transaction.execute("UPDATE items SET number = number + 1 WHERE id = \(order[0])")
                            hasLocked[index].open()
                            hasLocked[1 - index].wait()
                            try transaction.execute("UPDATE items SET number = number + 1 WHERE id = \(order[1])")
                        }
                    }
                }
                try await group.waitForAll()
            }
            // The one that runs again may meet the other a second time.
            #expect(attempts.value >= 3)
            let numbers = try await database.read { transaction in
                try transaction.rows("SELECT number FROM items").map { try $0.integer("number") }
            }
            #expect(numbers == [2, 2])
        }
    }

    private static func raise(_ code: String, in transaction: any Transaction) throws {
        try transaction.execute(Statement(sql: "DO $$ BEGIN RAISE EXCEPTION 'test' USING ERRCODE = '\(code)'; END $$"))
    }

    @Test(arguments: TestDatabase.postgresOnly, ["40001", "40P01", "55P03"])
    func aConflictIsRunAgain(on database: TestDatabase, code: String) async throws {
        try await database.withDatabase { database in
            try await Items.create(in: database)
            let attempts = Counter()
            try await database.write { transaction in
                try Items.add("a", in: transaction)
                if attempts.increment() <= 5 { try Self.raise(code, in: transaction) }
            }
            #expect(attempts.value == 6)
            #expect(try await Items.ids(in: database) == ["a"])
        }
    }

    @Test(arguments: TestDatabase.postgresOnly)
    func aConflictThatStaysIsTold(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            let attempts = Counter()
            await #expect(throws: StorageError.conflict(code: "40001")) {
                try await database.write { transaction in
                    attempts.increment()
                    try Self.raise("40001", in: transaction)
                }
            }
            #expect(attempts.value == 6)
        }
    }

    /// A domain may throw its own error for what the statement threw; the transaction was lost all the same.
    @Test(arguments: TestDatabase.postgresOnly)
    func aConflictIsRunAgainWhateverTheBodyMakesOfIt(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            let attempts = Counter()
            let answer = try await database.write { transaction in
                guard attempts.increment() < 3 else { return "done" }
                do {
                    try Self.raise("40001", in: transaction)
                } catch {
                    throw Refusal()
                }
                return "not reached"
            }
            #expect(answer == "done")
            #expect(attempts.value == 3)
        }
    }

    @Test(arguments: TestDatabase.postgresOnly, ["23505", "22012", "P0001"])
    func otherErrorsAreNotRunAgain(on database: TestDatabase, code: String) async throws {
        try await database.withDatabase { database in
            let attempts = Counter()
            await #expect(throws: StorageError.self) {
                try await database.write { transaction in
                    attempts.increment()
                    try Self.raise(code, in: transaction)
                }
            }
            #expect(attempts.value == 1)
        }
    }

    /// A lock that another node holds is waited for; `SKIP LOCKED` passes over its row.
    @Test(arguments: TestDatabase.postgresOnly)
    func claimsPassOverLockedRows(on database: TestDatabase) async throws {
        try await database.withStorage { storage in
            let (first, second) = (try await storage.open(), try await storage.open())
            try await Items.create(in: first)
            try await first.write { transaction in
                for id in ["a", "b", "c"] { try Items.add(id, in: transaction) }
            }
            let (hasClaimed, mayEnd) = (Gate(), Gate())
            let claim: Statement = "SELECT id FROM items ORDER BY id LIMIT 2 \(.forUpdateSkipLocked)"
            async let firstClaim = first.write { transaction in
                let ids = try transaction.rows(claim).map { try $0.text("id") }
                hasClaimed.open()
                mayEnd.wait()
                return ids
            }
            await hasClaimed.opened()
            let secondClaim = try await second.write { try $0.rows(claim).map { try $0.text("id") } }
            mayEnd.open()
            #expect(try await firstClaim == ["a", "b"])
            #expect(secondClaim == ["c"])
        }
    }

    /// The second node gets the lock only after the first one's transaction ended.
    @Test(arguments: TestDatabase.postgresOnly)
    func anAdvisoryLockExcludesAnotherNode(on database: TestDatabase) async throws {
        try await database.withStorage { storage in
            let (first, second) = (try await storage.open(), try await storage.open())
            try await Items.create(in: first)
            // Other tests in the same database must not hold it.
            let lock = TransactionLock(number: Int64.random(in: 1...(.max)))
            let (hasLocked, mayEnd) = (Gate(), Gate())
            async let holding: Void = first.write { transaction in
                try transaction.lock(lock)
                hasLocked.open()
                mayEnd.wait()
                try Items.add("first", in: transaction)
            }
            await hasLocked.opened()
            async let seen = second.write { transaction in
                try transaction.lock(lock)
                return try Items.ids(in: transaction)
            }
            try await until {
                try await first.read { transaction in
                    try transaction.first(
                        """
                        SELECT count(*) AS waiting FROM pg_locks JOIN pg_stat_activity USING (pid)
                        WHERE locktype = 'advisory' AND NOT granted
                            AND application_name = current_setting('application_name')
                        """
                    )?.integer("waiting") == 1
                }
            }
            mayEnd.open()
            #expect(try await seen == ["first"])
            try await holding
        }
    }
}
