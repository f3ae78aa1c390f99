import HooklineStorage
import HooklineStorageTestSupport
import Testing

@Suite struct TransactionTests {
    @Test(arguments: TestDatabase.available)
    func anErrorRollsBackItsTransaction(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            try await Items.create(in: database)
            await #expect(throws: Refusal(reason: "mine")) {
                try await database.write { transaction in
                    try Items.add("a", in: transaction)
                    throw Refusal(reason: "mine")
                }
            }
            #expect(try await Items.count(in: database) == 0)
            try await database.write { try Items.add("b", in: $0) }
            #expect(try await Items.ids(in: database) == ["b"])
        }
    }

    @Test(arguments: TestDatabase.available)
    func aSchemaChangeIsRolledBackToo(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            await #expect(throws: Refusal.self) {
                try await database.write { transaction in
                    try transaction.execute(Items.creation)
                    throw Refusal()
                }
            }
            try await Items.create(in: database)
            #expect(try await Items.count(in: database) == 0)
        }
    }

    @Test(arguments: TestDatabase.available)
    func aBrokenConstraintSaysSo(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            try await Items.create(in: database)
            try await database.write { try Items.add("a", in: $0) }
            let error = await #expect(throws: StorageError.self) {
                try await database.write { transaction in
                    try Items.add("b", in: transaction)
                    try Items.add("a", in: transaction)
                }
            }
            guard case .constraint(let code, _) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(code == "23505" || code == "SQLITE_CONSTRAINT(1555)")
            #expect(try await Items.ids(in: database) == ["a"])
        }
    }

    /// PostgreSQL accepts nothing after a failed statement, and reports the COMMIT of it as a success. Here it is an
    /// error of the body, on both.
    @Test(arguments: TestDatabase.available)
    func aSwallowedErrorIsNoSuccess(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            try await Items.create(in: database)
            try await database.write { try Items.add("a", in: $0) }
            let later = Counter()
            for swallowed: Statement in [
                "INSERT INTO nowhere (id) VALUES ('x')", "INSERT INTO items (id) VALUES ('a')",
            ] {
                let error = await #expect(throws: StorageError.self) {
                    try await database.write { transaction in
                        try Items.add("b", in: transaction)
                        _ = try? transaction.execute(swallowed)
                        do {
                            try Items.add("c", in: transaction)
                            later.increment()
                        } catch {}
                    }
                }
                guard case .failed = error else {
                    Issue.record("\(String(describing: error))")
                    continue
                }
            }
            #expect(later.value == 0)
            #expect(try await Items.ids(in: database) == ["a"])
            let read = await #expect(throws: StorageError.self) {
                try await database.read { _ = try? $0.rows("SELECT id FROM nowhere") }
            }
            guard case .failed = read else {
                Issue.record("\(String(describing: read))")
                return
            }
        }
    }

    @Test(arguments: TestDatabase.available)
    func foreignKeysAreKept(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            try await Items.create(in: database)
            try await database.write { transaction in
                try transaction.execute(
                    "CREATE TABLE parts (item_id TEXT \(.textCollation) REFERENCES items (id) ON DELETE CASCADE)"
                )
                try Items.add("a", in: transaction)
                try transaction.execute("INSERT INTO parts (item_id) VALUES ('a'), ('a')")
            }
            let error = await #expect(throws: StorageError.self) {
                try await database.write { try $0.execute("INSERT INTO parts (item_id) VALUES ('b')") }
            }
            guard case .constraint = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            // What a foreign key deletes is not counted.
            #expect(try await database.write { try $0.execute("DELETE FROM items") } == 1)
            #expect(try await database.read { try $0.rows("SELECT item_id FROM parts").count } == 0)
        }
    }

    @Test(arguments: TestDatabase.available)
    func aReadRefusesToWrite(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            try await Items.create(in: database)
            for statement: Statement in [
                "INSERT INTO items (id) VALUES ('a')", "DELETE FROM items", "DROP TABLE items",
            ] {
                let error = await #expect(throws: StorageError.self) {
                    try await database.read { try $0.execute(statement) }
                }
                guard case .readOnly = error else {
                    Issue.record("\(String(describing: error))")
                    continue
                }
            }
            let bulk = await #expect(throws: StorageError.self) {
                try await database.read { transaction in
                    try transaction.insert(
                        BulkInsert(into: "items", columns: [.init("id", .text)], rows: [[.text("a")]])
                    )
                }
            }
            guard case .readOnly = bulk else {
                Issue.record("\(String(describing: bulk))")
                return
            }
            #expect(try await Items.count(in: database) == 0)
        }
    }

    @Test(arguments: TestDatabase.shared)
    func aReadSeesOneSnapshot(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            try await Items.create(in: database)
            let (hasRead, mayReadAgain) = (Gate(), Gate())
            async let counts = database.read { transaction in
                let first = try Items.count(in: transaction)
                hasRead.open()
                mayReadAgain.wait()
                return [first, try Items.count(in: transaction)]
            }
            await hasRead.opened()
            try await database.write { try Items.add("a", in: $0) }
            mayReadAgain.open()
            #expect(try await counts == [0, 0])
            #expect(try await Items.count(in: database) == 1)
        }
    }

    @Test(arguments: TestDatabase.available)
    func aReadFollowsTheWritesThatWereAnswered(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            try await Items.create(in: database)
            for number in 1...50 {
                try await database.write { try Items.add(String(number), in: $0) }
                #expect(try await Items.count(in: database) == Int64(number))
            }
        }
    }

    @Test(arguments: TestDatabase.available)
    func twoHundredConcurrentWriters(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            try await Items.create(in: database)
            let failures = Counter()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<200 {
                    group.addTask {
                        do {
                            try await database.write { transaction in
                                try Items.add("w\(writer)", number: writer, in: transaction)
                                if writer % 10 == 3 { throw Refusal(reason: "\(writer)") }
                            }
                        } catch let refusal as Refusal {
                            #expect(refusal.reason == "\(writer)")
                            failures.increment()
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(failures.value == 20)
            let expected = (0..<200).filter { $0 % 10 != 3 }.map { "w\($0)" }.sorted()
            #expect(try await Items.ids(in: database) == expected)
        }
    }

    /// Every one of these reads a number and writes the next one, so a lock that excludes nobody loses some.
    @Test(arguments: TestDatabase.available)
    func aTransactionLockExcludesTheOthers(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            try await Items.create(in: database)
            try await database.write { try Items.add("counter", number: 0, in: $0) }
            let increments = 60
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<increments {
                    group.addTask {
                        try await database.write { transaction in
                            try transaction.lock(TransactionLock(number: 77))
                            let number = try transaction.first("SELECT number FROM items")?.integer("number") ?? -1
                            try transaction.execute("UPDATE items SET number = \(number + 1)")
                        }
                    }
                }
                try await group.waitForAll()
            }
            let number = try await database.read { try $0.first("SELECT number FROM items")?.integer("number") }
            #expect(number == Int64(increments))
        }
    }

    @Test(arguments: TestDatabase.available)
    func forUpdateExcludesTheOthers(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            try await Items.create(in: database)
            try await database.write { try Items.add("counter", number: 0, in: $0) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<60 {
                    group.addTask {
                        try await database.write { transaction in
                            let row = try transaction.first(
                                "SELECT number FROM items WHERE id = 'counter' \(.forUpdate)"
                            )
                            try transaction.execute("UPDATE items SET number = \(try row!.integer("number") + 1)")
                        }
                    }
                }
                try await group.waitForAll()
            }
            let number = try await database.read { try $0.first("SELECT number FROM items")?.integer("number") }
            #expect(number == 60)
        }
    }
}
