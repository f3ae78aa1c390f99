import HooklineEvents
import HooklineExperiments
import HooklinePrimitives
import HooklineServer
import HooklineStorage
import HooklineWebhooks
import Logging
import ServiceLifecycle

/// Everything that is made from an open database and the settings. The only place where modules are wired together.
struct HooklineComposition: Sendable {
    let services: ServerServices
    let server: ServerConfiguration
    /// What runs beside the server, in the order of starting; stopped in the opposite order, after the server.
    let workers: [any Service]
    /// Does what the workers would have done, for processes in which none runs.
    let catchUp: @Sendable () async throws -> Void

    init(
        database: any Database,
        configuration: HooklineConfiguration,
        metricsText: @escaping @Sendable () -> String,
        clock: WallClock = .system,
        logger: Logger
    ) async throws(StartError) {
        let authenticator: Authenticator
        do {
            authenticator = try Authenticator(
                store: KeyStore(database),
                environmentKey: configuration.adminKey,
                clock: clock
            )
        } catch {
            throw StartError("\(error)", .configuration)
        }
        let log = EventLog(
            database,
            configuration: EventLogConfiguration(
                deduplicationWindowMilliseconds: configuration.deduplicationWindowMilliseconds
            ),
            clock: clock
        )
        let fold = ProjectionWorker(ExperimentProjection.make(), database: database, logger: logger)
        let outbox = Outbox(database, clock: clock)
        let webhooks = try await Self.webhooks(database, outbox, configuration, clock)
        let experiments = Experiments(
            database: database,
            log: log,
            outbox: outbox,
            logRetentionMilliseconds: configuration.eventRetentionMilliseconds,
            clock: clock
        )
        let features = Features(database: database, log: log, outbox: outbox, clock: clock)
        services = ServerServices(
            database: database,
            log: log,
            webhooks: webhooks,
            experiments: experiments,
            features: features,
            authenticator: authenticator,
            readiness: Readiness(database: database, schemaVersion: Migrations.all.count),
            metricsText: metricsText,
            logger: logger,
            clock: clock
        )
        server = configuration.server
        let builder = MetricBuildWorker(database: database, logger: logger)
        workers =
            [
                KeyUsageWorker(authenticator: authenticator, logger: logger), fold,
                builder, DecisionWorker(experiments: experiments, logger: logger),
                FeatureWorker(features: features, logger: logger),
            ] + Self.retention(experiments, database, configuration, clock, logger) + webhooks.services(logger: logger)
        let caughtUp = CatchUp(fold, builder, experiments, database)
        catchUp = { try await caughtUp.run() }
    }

    /// What takes old events out of the log; nothing where they are kept for ever.
    private static func retention(
        _ experiments: Experiments,
        _ database: any Database,
        _ configuration: HooklineConfiguration,
        _ clock: WallClock,
        _ logger: Logger
    ) -> [any Service] {
        guard let milliseconds = configuration.eventRetentionMilliseconds else { return [] }
        return [
            EventRetentionWorker(
                database: database,
                keeping: milliseconds,
                projections: [ExperimentProjection.name],
                needed: { try experiments.neededEvents(in: $0) },
                removed: { try experiments.eventsWereRemoved(through: $0, in: $1) },
                clock: clock,
                logger: logger
            )
        ]
    }

    private static func webhooks(
        _ database: any Database,
        _ outbox: Outbox,
        _ configuration: HooklineConfiguration,
        _ clock: WallClock
    ) async throws(StartError) -> Webhooks {
        let settings = configuration.webhooks
        let isInUse: Bool
        do {
            isInUse = try await Webhooks.hasSecrets(in: database)
        } catch {
            throw StartError(error, database: configuration.database)
        }
        let keys = try EncryptionKeys(
            database: configuration.database,
            dataFolder: configuration.dataFolder,
            path: settings.encryptionKeyFile
        ).load(isInUse: isInUse)
        var client = WebhookClientConfiguration(version: HooklineVersion.current, proxy: settings.proxy)
        client.additionalTrustRoots = try trustRoots(settings.trustRootsFile)
        var isAlone = true
        if case .postgres = configuration.database { isAlone = false }
        do {
            return try await Webhooks(
                database: database,
                outbox: outbox,
                configuration: WebhookConfiguration(
                    keys: keys,
                    network: settings.network,
                    client: client,
                    source: settings.source,
                    retentionMilliseconds: max(
                        settings.retentionMilliseconds,
                        configuration.deduplicationWindowMilliseconds
                    ),
                    disableAfterMilliseconds: settings.disableAfterMilliseconds,
                    node: NodeName.make(),
                    isAlone: isAlone
                ),
                clock: clock
            )
        } catch let error as WebhookClientError {
            throw StartError("\(error)", .configuration)
        } catch {
            throw StartError(error, database: configuration.database)
        }
    }

    private static func trustRoots(_ path: String?) throws(StartError) -> String? {
        guard let path else { return nil }
        do {
            let bytes = try SmallFile.contents(of: path, maximumBytes: maximumTrustRootsBytes)
            return String(decoding: bytes, as: UTF8.self)
        } catch {
            throw StartError("the file \(path) of trusted certificates cannot be read: \(error)", .configuration)
        }
    }

    private static let maximumTrustRootsBytes = 4 * 1024 * 1024
}
