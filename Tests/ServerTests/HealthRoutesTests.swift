import HooklineApp
import HooklinePrimitives
import HooklineStorage
import HooklineStorageTestSupport
import Hummingbird
import HummingbirdTesting
import Logging
import Testing

@testable import HooklineServer

@Suite struct HealthRoutesTests {
    @Test(arguments: TestDatabase.available)
    func aServerOnAMigratedDatabaseIsReady(_ test: TestDatabase) async throws {
        try await ServerHarness.run(on: test) { server in
            let health = try await server.send(.get, "/healthz")
            #expect(health.status == .ok)
            #expect(try health.json == ["status": "ok"])
            let ready = try await server.send(.get, "/readyz")
            #expect(ready.status == .ok)
            #expect(try ready.json == ["status": "ok", "checks": ["process": "ok", "database": "ok"]])
            #expect(ready.headers[.cacheControl] == "no-store")
        }
    }

    @Test func duringShutdownItIsNotReadyButAlive() async throws {
        try await ServerHarness.run { server in
            server.readiness.beginShutdown()
            let ready = try await server.send(.get, "/readyz")
            #expect(ready.status == .serviceUnavailable)
            #expect(try ready.json["checks"]?["process"] == "shutting down")
            #expect(try await server.send(.get, "/healthz").status == .ok)
        }
    }

    @Test(arguments: TestDatabase.available)
    func anOlderSchemaIsNotReady(_ test: TestDatabase) async throws {
        try await test.withDatabase { database in
            // Nothing is migrated: the table of migrations is missing.
            let missing = await Readiness(database: database, schemaVersion: 1).problems()
            #expect(missing.database != nil)
            try await Migrator([Migrations.all[0]]).migrate(database)
            #expect(await Readiness(database: database, schemaVersion: 1).problems().database == nil)
            #expect(await Readiness(database: database, schemaVersion: 2).problems().database == "not migrated yet")
        }
    }

    @Test func aSchemaThatANewerServerTookIsNotReady() async throws {
        try await TestDatabase.memory.withDatabase { database in
            let contract = Migration("contract", oldestAllowedVersion: 2) { _ in [] }
            try await Migrator([Migration("expand") { _ in [] }, contract]).migrate(database)
            #expect(await Readiness(database: database, schemaVersion: 2).problems().database == nil)
            #expect(
                await Readiness(database: database, schemaVersion: 1).problems().database
                    == "upgraded by a newer server"
            )
        }
    }

    @Test func aDatabaseThatDoesNotAnswerIsNotReady() async throws {
        let error = StorageError.unavailable(code: "08006", message: "secret")
        let problems = await Readiness(database: BrokenDatabase(error: error), schemaVersion: 1).problems()
        #expect(problems.process == nil)
        #expect(problems.database?.contains("does not answer") == true)
        #expect(problems.database?.contains("secret") == false)
    }
}
