import HooklineStorage
import HooklineStoragePostgres
import HooklineStorageTestSupport
import Testing

/// Connections that break, are missing, or are all in use.
@Suite struct PostgresConnectionTests {
    private static let processID: Statement = "SELECT pg_backend_pid() AS pid"

    private func end(_ pid: Int64, on database: any Database) async throws {
        let ended = try await database.write { transaction in
            try transaction.first("SELECT pg_terminate_backend(CAST(\(pid) AS INTEGER), 10000) AS ended")?.flag("ended")
        }
        #expect(ended == true)
    }

    @Test(arguments: TestDatabase.postgresOnly)
    func aConnectionThatWasEndedIsReplaced(on database: TestDatabase) async throws {
        try await database.withStorage { storage in
            let database = try storage.openPostgres { $0.poolSize = 1 }
            let other = try await storage.open()
            try await Items.create(in: database)
            for round in 0..<3 {
                let before = try await database.read { try $0.first(Self.processID)!.integer("pid") }
                try await end(before, on: other)
                try await database.write { try Items.add("\(round)", in: $0) }
                let after = try await database.read { try $0.first(Self.processID)!.integer("pid") }
                #expect(before != after)
            }
            #expect(try await Items.ids(in: database) == ["0", "1", "2"])
        }
    }

    /// Nothing was committed, so the body runs again on a new connection, once.
    @Test(arguments: TestDatabase.postgresOnly)
    func aBodyWhoseConnectionBreaksRunsAgainOnce(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            try await Items.create(in: database)
            let ending: Statement = "SELECT pg_terminate_backend(pg_backend_pid())"
            let attempts = Counter()
            try await database.write { transaction in
                try Items.add("a", in: transaction)
                if attempts.increment() == 1 { try transaction.execute(ending) }
            }
            #expect(attempts.value == 2)
            #expect(try await Items.ids(in: database) == ["a"])

            let error = await #expect(throws: StorageError.self) {
                try await database.write { transaction in
                    attempts.increment()
                    try transaction.execute(ending)
                }
            }
            guard case .unavailable = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(attempts.value == 4)
        }
    }

    /// A deferred trigger ends the connection inside COMMIT: nobody knows whether it happened, so it is not repeated.
    @Test(arguments: TestDatabase.postgresOnly)
    func aConnectionThatBreaksDuringCommitIsAnUnknownOutcome(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            try await Items.create(in: database)
            try await database.write { transaction in
                try transaction.execute(
                    """
                    CREATE FUNCTION break_connection() RETURNS trigger LANGUAGE plpgsql AS $$
                    BEGIN
                        PERFORM pg_terminate_backend(pg_backend_pid());
                        RETURN NULL;
                    END $$
                    """
                )
                try transaction.execute(
                    """
                    CREATE CONSTRAINT TRIGGER breaking AFTER INSERT ON items DEFERRABLE INITIALLY DEFERRED
                    FOR EACH ROW EXECUTE FUNCTION break_connection()
                    """
                )
            }
            let attempts = Counter()
            let error = await #expect(throws: StorageError.self) {
                try await database.write { transaction in
                    attempts.increment()
                    try Items.add("a", in: transaction)
                }
            }
            guard case .unavailable("08007", _) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(attempts.value == 1)
            #expect(try await Items.count(in: database) == 0)
        }
    }

    @Test func aServerThatCannotBeReachedIsUnavailable() async throws {
        // Port 1 is reserved, and nobody listens there.
        let database = try PostgresDatabase(PostgresConfiguration(url: "postgres://nobody@127.0.0.1:1/nothing"))
        for _ in 0..<2 {
            let error = await #expect(throws: StorageError.self) { try await database.read { _ in } }
            guard case .unavailable("08001", _) = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
        }
        database.announce(Channel("somebody"))
        try await database.close()
    }

    @Test(arguments: [
        "", "mysql://localhost/x", "localhost", "postgres://localhost:port/x", "postgres://localhost/x?unknown=1",
    ])
    func anAddressThatCannotBeReadIsRefused(url: String) {
        let error = #expect(throws: StorageError.self) { try PostgresDatabase(PostgresConfiguration(url: url)) }
        guard case .invalidAddress = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test(arguments: TestDatabase.postgresOnly)
    func callsWaitForAFreeConnectionOnlySoLong(on database: TestDatabase) async throws {
        try await database.withStorage { storage in
            let database = try storage.openPostgres {
                $0.poolSize = 1
                $0.acquireTimeoutMilliseconds = 1
                $0.maximumWaitingCalls = 3
            }
            let (isHeld, mayEnd) = (Gate(), Gate())
            async let holding: Void = database.write { _ in
                isHeld.open()
                mayEnd.wait()
            }
            await isHeld.opened()
            await withTaskGroup(of: (any Error)?.self) { group in
                for _ in 0..<10 {
                    group.addTask {
                        do {
                            try await database.read { _ in }
                            return nil
                        } catch {
                            return error
                        }
                    }
                }
                for await error in group {
                    guard case .unavailable("53300", _)? = error as? StorageError else {
                        Issue.record("\(String(describing: error))")
                        continue
                    }
                }
            }
            mayEnd.open()
            try await holding
        }
    }

    @Test(arguments: TestDatabase.postgresOnly)
    func manyCallsShareAFewConnections(on database: TestDatabase) async throws {
        try await database.withStorage { storage in
            let database = try storage.openPostgres { $0.poolSize = 2 }
            let pids = try await withThrowingTaskGroup(of: Int64.self) { group in
                for _ in 0..<100 {
                    group.addTask { try await database.read { try $0.first(Self.processID)!.integer("pid") } }
                }
                return try await group.reduce(into: Set<Int64>()) { $0.insert($1) }
            }
            #expect((1...2).contains(pids.count))
        }
    }

    @Test(arguments: TestDatabase.postgresOnly)
    func aStatementMayNotRunForEver(on database: TestDatabase) async throws {
        try await database.withStorage { storage in
            let database = try storage.openPostgres { $0.statementTimeoutMilliseconds = 50 }
            let error = await #expect(throws: StorageError.self) {
                try await database.read { try $0.rows("SELECT pg_sleep(600)").count }
            }
            guard case .unavailable("57014", _) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(try await database.read { try $0.rows("SELECT 1 AS one").count } == 1)
        }
    }

    /// Nobody closed it: its connections end with it.
    @Test(arguments: TestDatabase.postgresOnly)
    func aDatabaseThatIsForgottenLeavesNoConnection(on database: TestDatabase) async throws {
        try await database.withStorage { storage in
            guard case .postgres(let url, _) = storage.place else { return }
            let observer = try await storage.open()
            var forgotten: PostgresDatabase? = try PostgresDatabase(
                PostgresConfiguration(url: url.replacing("application_name=", with: "application_name=forgotten_"))
            )
            var stream = forgotten?.announcements(of: Channel("somebody")).makeAsyncIterator()
            _ = await stream?.next(isolation: nil)
            forgotten?.announce(Channel("somebody"))
            _ = await stream?.next(isolation: nil)
            try await forgotten?.read { _ in }
            forgotten = nil
            #expect(await stream?.next(isolation: nil) == nil)
            try await until {
                try await observer.read { transaction in
                    try transaction.rows(
                        """
                        SELECT pid FROM pg_stat_activity
                        WHERE application_name = 'forgotten_' || current_setting('application_name')
                        """
                    ).isEmpty
                }
            }
        }
    }
}
