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
    static let deduplicationWindow = Setting(
        key: "deduplication_window",
        accepted: "a time such as 45s, 30m, 12h or 7d, from 1s to 365d"
    )
    static let logLevel = Setting(
        key: "log_level",
        accepted: "trace, debug, info, notice, warning, error or critical"
    )

    /// All of them, in the order of the documentation.
    static let all: [Setting] = [
        .database, .data, .address, .adminKey, .corsOrigins, .clientRate, .clientBurst, .deduplicationWindow, .logLevel,
    ]
}
