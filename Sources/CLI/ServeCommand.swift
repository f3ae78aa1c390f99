import ArgumentParser
import HooklineApp

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// `hookline serve`
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Runs the server until it gets SIGTERM or SIGINT.",
        discussion: """
            Every option may also be set by an environment variable, HOOKLINE_ and its name in capitals, or in the JSON \
            file of --config, by its name with underscores. An option goes before the environment, which goes before \
            the file. The administrator's key (HOOKLINE_ADMIN_KEY, or admin_key in the file) is no option, as other \
            users of a machine can see those.
            """
    )

    @Option(help: "A JSON file with settings.")
    var config: String?

    @Option(help: "sqlite:PATH, sqlite::memory:, or postgres://... (default: a file in the data folder)")
    var database: String?

    @Option(help: "The folder for files that the server makes by itself. (default: hookline-data)")
    var data: String?

    @Option(help: "HOST:PORT to listen on; port 0 lets the system choose. (default: 127.0.0.1:8080)")
    var address: String?

    @Option(help: "Origins whose pages may use client keys, separated by commas, or *.")
    var corsOrigins: String?

    @Option(help: "Requests a second of each client key in the long run; 0 sets no limit. (default: 1000)")
    var clientRate: String?

    @Option(help: "Requests at once of a client key after a rest. (default: 2000)")
    var clientBurst: String?

    @Option(help: "How long the id of an event is remembered, such as 7d. (default: 7d)")
    var deduplicationWindow: String?

    @Option(help: "How long events are kept, such as 90d; what experiments need stays longer. (default: forever)")
    var eventRetention: String?

    @Option(help: "Networks that webhooks may reach beside public addresses, such as 10.0.0.0/8, separated by commas.")
    var allowWebhookNetwork: String?

    @Flag(help: "Lets webhooks be delivered by http too, not only by https.")
    var allowWebhookHttp = false

    @Option(help: "The file with the keys that seal secrets. (default: beside the SQLite file; PostgreSQL needs one)")
    var encryptionKeyFile: String?

    @Option(help: "A proxy for webhooks, such as http://proxy.example:3128.")
    var webhookProxy: String?

    @Option(help: "A file of certificates in PEM that webhooks trust beside the system's.")
    var webhookTrustRoots: String?

    @Option(help: "The source that CloudEvents name. (default: /hookline)")
    var webhookSource: String?

    @Option(help: "How long domain events and their deliveries are kept. (default: 30d)")
    var webhookRetention: String?

    @Option(help: "After how long of failure a subscription is disabled. (default: 5d)")
    var webhookDisableAfter: String?

    @Option(help: "trace, debug, info, notice, warning, error or critical. (default: info)")
    var logLevel: String?

    func run() async throws {
        do {
            let configuration = try HooklineConfiguration(
                flags: flags,
                environment: ProcessInfo.processInfo.environment,
                filePath: config
            )
            let (logger, metricsText) = ProcessSetup.run(logLevel: configuration.logLevel)
            try await HooklineApplication(configuration, metricsText: metricsText, logger: logger).serve()
        } catch {
            throw CommandFailure.exit(for: error)
        }
    }

    /// What was given on the command line, by the keys of the settings.
    private var flags: [String: String] {
        let given: [(String, String?)] = [
            ("database", database), ("data", data), ("address", address), ("cors_origins", corsOrigins),
            ("client_rate", clientRate), ("client_burst", clientBurst), ("deduplication_window", deduplicationWindow),
            ("event_retention", eventRetention), ("allow_webhook_network", allowWebhookNetwork),
            ("allow_webhook_http", allowWebhookHttp ? "true" : nil),
            ("encryption_key_file", encryptionKeyFile), ("webhook_proxy", webhookProxy),
            ("webhook_trust_roots", webhookTrustRoots), ("webhook_source", webhookSource),
            ("webhook_retention", webhookRetention), ("webhook_disable_after", webhookDisableAfter),
            ("log_level", logLevel),
        ]
        return Dictionary(uniqueKeysWithValues: given.compactMap { key, value in value.map { (key, $0) } })
    }
}
