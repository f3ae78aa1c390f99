public import HooklineEvents
public import HooklineExperiments
public import HooklinePrimitives
public import HooklineStorage
public import HooklineWebhooks
public import Logging

/// What the routes need, handed in by the composition root.
public struct ServerServices: Sendable {
    public let database: any Database
    public let keys: KeyStore
    public let log: EventLog
    public let experiments: Experiments
    public let features: Features
    public let webhooks: Webhooks
    public let authenticator: Authenticator
    public let readiness: Readiness
    /// The Prometheus text of the moment.
    public let metricsText: @Sendable () -> String
    /// Where requests log.
    public let logger: Logger
    public let clock: WallClock

    public init(
        database: any Database,
        log: EventLog,
        webhooks: Webhooks,
        experiments: Experiments,
        features: Features,
        authenticator: Authenticator,
        readiness: Readiness,
        metricsText: @escaping @Sendable () -> String,
        logger: Logger,
        clock: WallClock = .system
    ) {
        self.database = database
        self.log = log
        self.experiments = experiments
        self.features = features
        self.webhooks = webhooks
        self.authenticator = authenticator
        self.readiness = readiness
        self.metricsText = metricsText
        self.logger = logger
        self.clock = clock
        keys = KeyStore(database)
    }
}

/// Settings of the edge.
public struct ServerConfiguration: Sendable {
    /// The origins whose pages may use client keys: `https://studio.example`; `*` for every one.
    public var allowedOrigins: Set<String>
    public var clientRate: RateLimit
    /// What features are encrypted with for SDKs; nil sends them in the open.
    public var featureEncryptionKey: FeatureEncryptionKey?

    public init(
        allowedOrigins: Set<String> = [],
        clientRate: RateLimit = RateLimit(),
        featureEncryptionKey: FeatureEncryptionKey? = nil
    ) {
        self.allowedOrigins = allowedOrigins
        self.clientRate = clientRate
        self.featureEncryptionKey = featureEncryptionKey
    }
}
