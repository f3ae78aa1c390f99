import HooklineEvents
import HooklineExperiments
import HooklinePrimitives
import HooklineServer
import HooklineStorage
import Logging
import ServiceLifecycle

/// Everything that is made from an open database and the settings. The only place where modules are wired together.
struct HooklineComposition: Sendable {
    let services: ServerServices
    let server: ServerConfiguration
    /// What runs beside the server, in the order of starting; stopped in the opposite order, after the server.
    let workers: [any Service]
    /// Brings every fold to the log's head, for processes in which no worker runs.
    let catchUp: @Sendable () async throws -> Void

    init(
        database: any Database,
        configuration: HooklineConfiguration,
        metricsText: @escaping @Sendable () -> String,
        clock: WallClock = .system,
        logger: Logger
    ) throws(StartError) {
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
        services = ServerServices(
            database: database,
            log: log,
            experiments: Experiments(database: database, log: log, clock: clock),
            authenticator: authenticator,
            readiness: Readiness(database: database, schemaVersion: Migrations.all.count),
            metricsText: metricsText,
            logger: logger,
            clock: clock
        )
        server = configuration.server
        workers = [KeyUsageWorker(authenticator: authenticator, logger: logger), fold]
        catchUp = { try await fold.catchUp() }
    }
}
