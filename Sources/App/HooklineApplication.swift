import HooklinePrimitives
import HooklineServer
import HooklineStorage
public import Logging
import ServiceLifecycle
import UnixSignals

/// A server process: `hookline serve`.
public struct HooklineApplication: Sendable {
    private let configuration: HooklineConfiguration
    private let metricsText: @Sendable () -> String
    private let logger: Logger

    /// - Parameters:
    ///   - configuration: the settings.
    ///   - metricsText: what `/metrics` answers.
    ///   - logger: where the process tells what it does.
    public init(
        _ configuration: HooklineConfiguration,
        metricsText: @escaping @Sendable () -> String,
        logger: Logger
    ) {
        self.configuration = configuration
        self.metricsText = metricsText
        self.logger = logger
    }

    /// Serves until SIGTERM or SIGINT, then finishes what was accepted, for a limited time, and closes the database.
    ///
    /// - Parameter onListening: is told the address as soon as requests are accepted.
    /// - Throws: `StartError`, and whatever made a service stop.
    public func serve(onListening: @escaping @Sendable (ListenAddress) async -> Void = { _ in }) async throws {
        let lock = try lockDatabase()
        // Held to the end of this function, which outlives the database.
        defer { withExtendedLifetime(lock) {} }
        let database = try await configuration.database.openMigrated(
            dataFolder: configuration.dataFolder,
            logger: logger
        )
        do {
            try await ensureAdminKey(in: database)
            let composition = try await HooklineComposition(
                database: database,
                configuration: configuration,
                metricsText: metricsText,
                logger: logger
            )
            try await run(composition, onListening)
        } catch {
            try? await database.close()
            throw error
        }
        try await database.close()
        logger.notice("Stopped")
    }

    private func lockDatabase() throws(StartError) -> FileLock? {
        guard case .sqlite(let path) = configuration.database else { return nil }
        if configuration.database == .inFolder(configuration.dataFolder) {
            try DataFolder.create(configuration.dataFolder)
        }
        do {
            return try FileLock("\(path).lock")
        } catch {
            guard error.isWouldBlock else {
                throw StartError("the file \(path).lock beside the database cannot be made: \(error)", .cannotCreate)
            }
            throw StartError("the database \(configuration.database) is served by another process", .temporary)
        }
    }

    private func ensureAdminKey(in database: any Database) async throws {
        guard configuration.adminKey == nil else { return }
        let path = configuration.database.firstAdminKeyPath(dataFolder: configuration.dataFolder)
        if path.hasPrefix(configuration.dataFolder) { try DataFolder.create(configuration.dataFolder) }
        let key = FirstAdminKey(store: KeyStore(database), database: database, path: path, clock: .system)
        if try await key.ensure() {
            logger.notice("The key of the first administrator was written to a file", metadata: ["path": "\(path)"])
        }
    }

    private func run(
        _ composition: HooklineComposition,
        _ onListening: @escaping @Sendable (ListenAddress) async -> Void
    ) async throws {
        let http = HTTPService(
            router: HooklineRouter(composition.services, configuration: composition.server),
            address: configuration.address,
            logger: logger,
            onListening: { [logger] address in
                logger.notice("Listening", metadata: ["address": "http://\(address)"])
                await onListening(address)
            }
        )
        let shutdown = ShutdownService(readiness: composition.services.readiness, logger: logger)
        var group = ServiceGroupConfiguration(
            services: composition.workers + [http, shutdown],
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: quiet(logger)
        )
        group.maximumGracefulShutdownDuration = .seconds(ServerLimits.gracefulShutdownTimeoutSeconds)
        try await ServiceGroup(configuration: group).run()
    }
}

/// A logger for libraries, whose lines below a warning say what ours say.
func quiet(_ logger: Logger) -> Logger {
    var logger = logger
    logger.logLevel = max(logger.logLevel, .warning)
    return logger
}
