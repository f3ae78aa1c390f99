import HooklineEvents
import HooklineExperiments
import HooklinePrimitives
import HooklineStorage
import HooklineStorageSQLite
import HooklineWebhooks
import Logging
import ServiceLifecycle

/// The webhooks of the library in this process, on a database in a file.
struct WebhookNode: Sendable {
    let database: SQLiteDatabase
    let webhooks: Webhooks

    static let migrations = EventMigrations.all + OutboxMigrations.all + WebhookMigrations.all

    init(_ path: String) async throws {
        database = try SQLiteDatabase(location: .file(path: path))
        try await Migrator(Self.migrations).migrate(database)
        webhooks = try await Webhooks(
            database: database,
            outbox: Outbox(database),
            configuration: WebhookConfiguration(
                keys: EncryptionKeyRing(fileText: EncryptionKeyRing.generateFileText()),
                network: NetworkPolicy(allowsHTTP: true, allowedNetworks: [AddressBlock("127.0.0.0/8")]),
                client: WebhookClientConfiguration(version: "bench"),
                node: "bench",
                isAlone: true
            )
        )
    }

    /// Delivers while `body` runs, and then closes the database.
    func deliver<Result: Sendable>(during body: @escaping @Sendable () async throws -> Result) async throws -> Result {
        var logger = Logger(label: "bench")
        logger.logLevel = .warning
        let group = ServiceGroup(services: webhooks.services(logger: logger), logger: logger)
        let result = try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            let result = try await body()
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            return result
        }
        try await database.close()
        return result
    }

    /// The deliveries that are written down as successful.
    func successes() async throws -> Int {
        try await database.read { transaction in
            let row = try transaction.first("SELECT sum(succeeded) AS sum FROM hookline_webhook_tallies")
            return Int(try row?.optionalInteger("sum") ?? 0)
        }
    }
}
