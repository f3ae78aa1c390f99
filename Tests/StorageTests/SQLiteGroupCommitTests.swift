import HooklineStorage
import HooklineStorageSQLite
import HooklineStorageTestSupport
import Testing

/// Many writes, one sync. The bodies of a test are made one group by a first one that holds the writer.
@Suite struct SQLiteGroupCommitTests {
    private static let file = TestDatabase.available.filter { $0.engine == .sqliteFile }
    private static let all = TestDatabase.available.filter { $0.engine != .postgres }

    typealias Body = @Sendable (any Transaction) throws -> Void

    /// Runs `bodies` as one group, and answers what each threw.
    private func group(
        _ bodies: [Body],
        on database: SQLiteDatabase,
        beforeIt: @Sendable () -> Void = {}
    ) async throws -> [(any Error)?] {
        let (isHeld, mayGoOn) = (Gate(), Gate())
        return try await withThrowingTaskGroup(of: (Int, (any Error)?).self) { tasks in
            tasks.addTask {
                try await database.write { _ in
                    isHeld.open()
                    mayGoOn.wait()
                }
                return (bodies.count, nil)
            }
            await isHeld.opened()
            for (index, body) in bodies.enumerated() {
                tasks.addTask {
                    do {
                        try await database.write(body)
                        return (index, nil)
                    } catch {
                        return (index, error)
                    }
                }
                // One after another, so that their order is known.
                await until { database.waitingWrites == index + 1 }
            }
            beforeIt()
            mayGoOn.open()
            var errors = [(any Error)?](repeating: nil, count: bodies.count + 1)
            for try await (index, error) in tasks { errors[index] = error }
            return errors.dropLast()
        }
    }

    private func withSQLite(_ database: TestDatabase, _ body: (SQLiteDatabase) async throws -> Void) async throws {
        try await database.withDatabase { opened in
            let database = try #require(opened as? SQLiteDatabase)
            try await Items.create(in: database)
            try await body(database)
        }
    }

    @Test(arguments: all)
    func anErrorTakesBackOnlyItsOwnWrites(on database: TestDatabase) async throws {
        try await withSQLite(database) { database in
            let errors = try await group(
                [
                    { try Items.add("a", in: $0) },
                    { transaction in
                        try Items.add("b", in: transaction)
                        try transaction.execute("UPDATE items SET number = 9")
                        throw Refusal()
                    },
                    { try Items.add("c", in: $0) },
                    { try Items.add("a", in: $0) },
                    { try $0.execute("INSERT INTO nowhere (id) VALUES ('x')") },
                    { try Items.add("d", in: $0) },
                ],
                on: database
            )
            #expect(errors.map { $0 == nil } == [true, false, true, false, false, true])
            #expect(errors[1] as? Refusal == Refusal())
            #expect((errors[3] as? StorageError).map { if case .constraint = $0 { true } else { false } } == true)
            #expect((errors[4] as? StorageError).map { if case .failed = $0 { true } else { false } } == true)
            let rows = try await database.read { transaction in
                try transaction.rows("SELECT id, number FROM items ORDER BY id").map(\.values)
            }
            #expect(rows == [[.text("a"), .null], [.text("c"), .null], [.text("d"), .null]])
        }
    }

    @Test(arguments: file)
    func aGroupCostsOneSync(on database: TestDatabase) async throws {
        try await withWatchedDisk(database) { database, path in
            let before = FaultyDisk.syncs(of: path)
            let errors = try await group(
                (0..<100).map { number in { try Items.add("\(number)", in: $0) } },
                on: database
            )
            #expect(errors.allSatisfy { $0 == nil })
            #expect(FaultyDisk.syncs(of: path) == before + 1)
            #expect(try await Items.count(in: database) == 100)
        }
    }

    /// Who waits longest is not made to wait for everybody who came after.
    @Test(arguments: file)
    func aGroupEndsWhenItsTimeIsUp(on database: TestDatabase) async throws {
        try await withWatchedDisk(database, groupDuration: .zero) { database, path in
            let before = FaultyDisk.syncs(of: path)
            let errors = try await group(
                (0..<10).map { number in { try Items.add("\(number)", in: $0) } },
                on: database
            )
            #expect(errors.allSatisfy { $0 == nil })
            #expect(FaultyDisk.syncs(of: path) == before + 10)
            #expect(try await Items.count(in: database) == 10)
        }
    }

    @Test(arguments: file)
    func eachCommitIsSynced(on database: TestDatabase) async throws {
        try await withWatchedDisk(database) { database, path in
            for number in 1...5 {
                let before = FaultyDisk.syncs(of: path)
                try await database.write { try Items.add("\(number)", in: $0) }
                #expect(FaultyDisk.syncs(of: path) == before + 1)
            }
        }
    }

    @Test(arguments: file)
    func whatWritesNothingCostsNoSync(on database: TestDatabase) async throws {
        try await withWatchedDisk(database) { database, path in
            let before = FaultyDisk.syncs(of: path)
            #expect(try await database.write { try Items.count(in: $0) } == 0)
            await #expect(throws: Refusal.self) {
                try await database.write { transaction in
                    try Items.add("a", in: transaction)
                    throw Refusal()
                }
            }
            let errors = try await group(
                [
                    { _ = try Items.count(in: $0) },
                    { transaction in
                        try Items.add("b", in: transaction)
                        throw Refusal()
                    },
                    { _ = try Items.count(in: $0) },
                ],
                on: database
            )
            #expect(errors.count { $0 != nil } == 1)
            try await database.write { try $0.execute("DELETE FROM items WHERE id = 'none'") }
            #expect(FaultyDisk.syncs(of: path) == before)
        }
    }

    @Test(arguments: file, [FaultyDisk.Fault.full, .failingSync])
    func nobodyIsAcknowledgedWhenTheCommitFails(on database: TestDatabase, fault: FaultyDisk.Fault) async throws {
        try await withWatchedDisk(database) { database, path in
            try await database.write { try Items.add("before", in: $0) }
            let errors = try await group(
                [
                    { try Items.add("a", in: $0) }, { _ = try Items.count(in: $0) }, { try Items.add("b", in: $0) },
                    { _ in throw Refusal() },
                ],
                on: database,
                beforeIt: { FaultyDisk.set(fault, for: path) }
            )
            for error in errors {
                switch (fault, error as? StorageError) {
                case (.full, .full("SQLITE_FULL(13)")), (.failingSync, .unavailable("SQLITE_IOERR(1034)", _)): break
                default: Issue.record("\(String(describing: error))")
                }
            }
            FaultyDisk.set(.none, for: path)
            #expect(try await Items.ids(in: database) == ["before"])
            try await database.write { try Items.add("after", in: $0) }
            #expect(try await Items.ids(in: database) == ["after", "before"])
        }
    }

    /// COMMIT checks deferred foreign keys, for all bodies at once.
    @Test(arguments: all)
    func aDeferredConstraintFailsOnlyItsBody(on database: TestDatabase) async throws {
        try await withSQLite(database) { database in
            try await database.write { transaction in
                try transaction.execute(
                    "CREATE TABLE parts (item_id TEXT REFERENCES items (id) DEFERRABLE INITIALLY DEFERRED)"
                )
            }
            let errors = try await group(
                [
                    { try Items.add("a", in: $0) },
                    { try $0.execute("INSERT INTO parts (item_id) VALUES ('nobody')") },
                    { try Items.add("b", in: $0) },
                ],
                on: database
            )
            #expect(errors.map { $0 == nil } == [true, false, true])
            #expect(try await Items.ids(in: database) == ["a", "b"])
        }
    }

    /// SQLite takes back the whole transaction when the disk is full; who asks for little still gets it.
    @Test(arguments: all)
    func aFullDiskFailsOnlyWhoNeedsMore(on database: TestDatabase) async throws {
        try await withSQLite(database) { database in
            try await database.write { try $0.rows("PRAGMA max_page_count = 60") }
            let runs = Counter()
            let errors = try await group(
                [
                    { transaction in
                        runs.increment()
                        try Items.add("a", in: transaction)
                    },
                    { transaction in
                        let large = [UInt8](repeating: 1, count: 1_000_000)
                        try transaction.execute("INSERT INTO items (id, bytes) VALUES ('large', \(large))")
                    },
                    { try Items.add("b", in: $0) },
                ],
                on: database
            )
            #expect(errors[0] == nil && errors[2] == nil)
            #expect(errors[1] as? StorageError == .full(code: "SQLITE_FULL(13)"))
            #expect(try await Items.ids(in: database) == ["a", "b"])
            #expect(runs.value == 2)
        }
    }

    /// A body that goes on after its transaction is gone must not be told that it was committed.
    @Test(arguments: all)
    func aSwallowedFullDiskIsNoSuccess(on database: TestDatabase) async throws {
        try await withSQLite(database) { database in
            try await database.write { try $0.rows("PRAGMA max_page_count = 60") }
            let swallowing: Body = { transaction in
                let large = [UInt8](repeating: 1, count: 1_000_000)
                _ = try? transaction.execute("INSERT INTO items (id, bytes) VALUES ('large', \(large))")
            }
            await #expect(throws: StorageError.self) { try await database.write(swallowing) }
            let errors = try await group([{ try Items.add("a", in: $0) }, swallowing], on: database)
            #expect(errors.map { $0 == nil } == [true, false])
            #expect(try await Items.ids(in: database) == ["a"])
        }
    }

    /// Many full groups, and groups that end early, whose rest goes before those that came later.
    @Test(arguments: [Duration.seconds(3600), .zero])
    func moreThanOneGroupKeepsTheOrder(groupDuration: Duration) async throws {
        let database = try SQLiteDatabase(location: .memory, groupDuration: groupDuration)
        try await Items.create(in: database)
        let bodies = (0..<1300).map { number -> Body in
            { transaction in
                let before = try Items.count(in: transaction)
                guard before == Int64(number) else { throw Refusal(reason: "\(before) before \(number)") }
                try Items.add("\(number)", in: transaction)
            }
        }
        let errors = try await group(bodies, on: database)
        #expect(errors.compactMap { $0.map { "\($0)" } } == [])
        try await database.close()
    }

    private func withWatchedDisk(
        _ database: TestDatabase,
        groupDuration: Duration = .seconds(3600),
        _ body: (SQLiteDatabase, String) async throws -> Void
    ) async throws {
        try await database.withStorage { storage in
            guard case .file(let path) = storage.place else { return }
            FaultyDisk.watch(path)
            let database = try SQLiteDatabase(location: .file(path: path), groupDuration: groupDuration)
            try await Items.create(in: database)
            // The first commit after a new log began also syncs its header.
            try await database.write { try $0.execute("CREATE TABLE warm (id TEXT)") }
            try await body(database, path)
            try await database.close()
        }
    }
}
