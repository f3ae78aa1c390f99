import HooklineApp
import HooklineStorage
import HooklineStorageTestSupport
import Testing

@Suite struct MigrationsTests {
    /// The steps that came with the first binary that folds every kind of metric.
    private static let sinceAllKinds = ["experiments-2", "experiments-3"]

    @Test(arguments: TestDatabase.available)
    func aDatabaseOfBeforeIsUpgradedAndThenRefusesOlderBinaries(_ test: TestDatabase) async throws {
        try await test.withDatabase { database in
            let older = Migrator(Migrations.all.filter { !Self.sinceAllKinds.contains($0.name) })
            try await older.migrate(database)
            try await Migrator(Migrations.all).migrate(database)
            try await Migrator(Migrations.all).migrate(database)
            await #expect(throws: StorageError.newerSchema(oldestAllowed: 9, supported: older.version)) {
                try await older.migrate(database)
            }
        }
    }

    @Test func noStepRefusesTheBinaryThatHasIt() {
        for migration in Migrations.all {
            #expect(migration.oldestAllowedVersion ?? 0 <= Migrations.all.count, "\(migration.name)")
        }
    }
}
