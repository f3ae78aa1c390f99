import HooklineApp
import HooklineStorage
import HooklineStorageTestSupport
import Testing

@Suite struct MigrationsTests {
    /// The steps that came after the first binary that folds every kind of metric: with it, with the one that takes events
    /// out of the log, and with the one that halts arms and keeps early units apart.
    private static let later = [
        "experiments-2", "experiments-3", "events-2", "experiments-4", "experiments-5", "experiments-6",
        "experiments-7",
    ]

    @Test(arguments: TestDatabase.available)
    func aDatabaseOfBeforeIsUpgradedAndThenRefusesOlderBinaries(_ test: TestDatabase) async throws {
        try await test.withDatabase { database in
            for newer in [Self.later, Array(Self.later[2...])] {
                let older = Migrator(Migrations.all.filter { !newer.contains($0.name) })
                if newer == Self.later { try await older.migrate(database) }
                try await Migrator(Migrations.all).migrate(database)
                try await Migrator(Migrations.all).migrate(database)
                await #expect(throws: StorageError.newerSchema(oldestAllowed: 13, supported: older.version)) {
                    try await older.migrate(database)
                }
            }
        }
    }

    /// The last events may have been forgotten by a binary that did not note how far the log had come.
    @Test(arguments: TestDatabase.available)
    func whatRunsAndWhatIsFoldedIsKnownToTheNextBinary(_ test: TestDatabase) async throws {
        try await test.withDatabase { database in
            try await Migrator(Migrations.all.filter { !Self.later[2...].contains($0.name) }).migrate(database)
            try await database.write { transaction in
                for statement: Statement in [
                    "INSERT INTO hookline_projections (name, position) VALUES ('experiments', 7)",
                    """
                    INSERT INTO hookline_experiments (id, state, version, revision, created_at, updated_at, started_at)
                    VALUES ('hooks', 'running', 1, 1, 10, 30, 20)
                    """,
                    """
                    INSERT INTO hookline_experiment_versions (experiment_id, version, definition, from_position)
                    VALUES ('hooks', 1, '{}', 3)
                    """,
                    """
                    INSERT INTO hookline_experiment_versions (experiment_id, version, definition)
                    VALUES ('hooks', 2, '{}')
                    """,
                ] { try transaction.execute(statement) }
            }
            try await Migrator(Migrations.all).migrate(database)
            let head = try await database.read { try $0.first("SELECT kept_head FROM hookline_event_log") }
            #expect(try head?.integer("kept_head") == 7)
            let starts = try await database.read { transaction in
                try transaction.rows("SELECT started_at FROM hookline_experiment_versions ORDER BY version")
                    .map { try $0.optionalInteger("started_at") }
            }
            #expect(starts == [20, nil])
        }
    }

    @Test func noStepRefusesTheBinaryThatHasIt() {
        for migration in Migrations.all {
            #expect(migration.oldestAllowedVersion ?? 0 <= Migrations.all.count, "\(migration.name)")
        }
    }
}
