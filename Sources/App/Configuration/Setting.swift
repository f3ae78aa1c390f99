/// One setting: its names in each place that may give it.
struct Setting: Sendable {
    /// The key in the JSON file: `client_rate`.
    let key: String
    /// What it accepts, for messages: `HOST:PORT`.
    let accepted: String
    var isSecret = false

    /// `HOOKLINE_CLIENT_RATE`
    var environmentName: String { "HOOKLINE_\(key.uppercased())" }
    /// `--client-rate`
    var flagName: String { "--" + String(key.map { $0 == "_" ? "-" : $0 }) }
}

extension Setting {
    static let database = Setting(
        key: "database",
        accepted: DatabaseAddress.accepted,
        // A PostgreSQL address may hold a password.
        isSecret: true
    )
    static let data = Setting(key: "data", accepted: "the path of a folder")
    static let address = Setting(key: "address", accepted: ListenAddress.accepted)
    static let adminKey = Setting(
        key: "admin_key",
        accepted: "at least \(HooklineConfiguration.minimumAdminKeyCharacters) visible ASCII characters",
        isSecret: true
    )
    static let corsOrigins = Setting(
        key: "cors_origins",
        accepted: "origins such as https://studio.example, separated by commas, or *"
    )
    static let clientRate = Setting(key: "client_rate", accepted: "requests a second from 0 (no limit) to 1000000")
    static let clientBurst = Setting(key: "client_burst", accepted: "a number of requests from 1 to 1000000")
    static let featureEncryptionKey = Setting(
        key: "feature_encryption_key",
        accepted: "16, 24 or 32 bytes in Base64",
        isSecret: true
    )
    static let deduplicationWindow = Setting(
        key: "deduplication_window",
        accepted: "a time such as 45s, 30m, 12h or 7d, from 1s to 365d"
    )
    static let eventRetention = Setting(
        key: "event_retention",
        accepted: "forever, or a time such as 90d, from 1h to 3650d and not shorter than deduplication_window"
    )
    static let allowedWebhookNetworks = Setting(
        key: "allow_webhook_network",
        accepted: "networks such as 10.0.0.0/8 or fd00::/8, separated by commas"
    )
    static let allowWebhookHTTP = Setting(key: "allow_webhook_http", accepted: "true or false")
    static let encryptionKeyFile = Setting(key: "encryption_key_file", accepted: "the path of a file")
    static let webhookProxy = Setting(
        key: "webhook_proxy",
        accepted: "http://USER:PASSWORD@HOST:PORT, without user and password where there are none",
        isSecret: true
    )
    static let webhookTrustRoots = Setting(key: "webhook_trust_roots", accepted: "the path of a file in PEM")
    static let webhookSource = Setting(key: "webhook_source", accepted: "a URI reference such as /hookline")
    static let webhookRetention = Setting(
        key: "webhook_retention",
        accepted: "a time such as 12h or 30d, from 1h to 3650d"
    )
    static let webhookDisableAfter = Setting(
        key: "webhook_disable_after",
        accepted: "a time such as 12h or 5d, from 1m to 365d"
    )
    static let logLevel = Setting(
        key: "log_level",
        accepted: "trace, debug, info, notice, warning, error or critical"
    )

    /// All of them, in the order of the documentation.
    static let all: [Setting] = [
        .database, .data, .address, .adminKey, .corsOrigins, .clientRate, .clientBurst, .featureEncryptionKey,
        .deduplicationWindow, .eventRetention, .allowedWebhookNetworks, .allowWebhookHTTP, .encryptionKeyFile,
        .webhookProxy,
        .webhookTrustRoots,
        .webhookSource, .webhookRetention, .webhookDisableAfter, .logLevel,
    ]
}
