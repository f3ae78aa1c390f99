import HooklineExperiments
public import HooklineServer
public import Logging

/// The settings of a server. A flag goes before the environment, which goes before the JSON file, then the default.
public struct HooklineConfiguration: Sendable {
    public var database: DatabaseAddress
    /// Where files are kept that the server makes by itself.
    public var dataFolder: String
    public var address: ListenAddress
    /// An administrator's key beside the stored ones.
    public var adminKey: String?
    public var server: ServerConfiguration
    /// How long the id of an event is remembered.
    public var deduplicationWindowMilliseconds: Int64
    /// How long events are kept; nil for ever.
    public var eventRetentionMilliseconds: Int64?
    public var webhooks: WebhookSettings
    public var logLevel: Logger.Level

    public static let defaultDataFolder = "hookline-data"
    static let minimumAdminKeyCharacters = Authenticator.minimumEnvironmentKeyCharacters
    private static let defaultDeduplicationWindowMilliseconds: Int64 = 7 * 86_400_000

    /// The default settings.
    public init() {
        dataFolder = Self.defaultDataFolder
        database = .inFolder(Self.defaultDataFolder)
        address = .standard
        server = ServerConfiguration()
        deduplicationWindowMilliseconds = Self.defaultDeduplicationWindowMilliseconds
        webhooks = WebhookSettings()
        logLevel = .info
    }

    /// Reads the settings.
    ///
    /// - Parameters:
    ///   - flags: values of the command line by setting: `["address": "0.0.0.0:80"]`.
    ///   - environment: the variables of the process.
    ///   - filePath: the JSON file of `--config`.
    /// - Throws: `ConfigurationError` for the first setting that is not accepted, with where it stands.
    public init(
        flags: [String: String] = [:],
        environment: [String: String],
        filePath: String? = nil
    ) throws(ConfigurationError) {
        self.init()
        let reader = try SettingReader(flags: flags, environment: environment, filePath: filePath)
        if let data = try reader.string(.data) { dataFolder = try Self.path(data) }
        database = .inFolder(dataFolder)
        if let found = try reader.string(.database) {
            database = try found.parsed(.database, DatabaseAddress.init(parsing:))
        }
        if let found = try reader.string(.address) {
            address = try found.parsed(.address, ListenAddress.init(parsing:))
        }
        adminKey = try reader.string(.adminKey).map { found throws(ConfigurationError) in try Self.key(found) }
        if let origins = try reader.strings(.corsOrigins) { server.allowedOrigins = try Self.origins(origins) }
        if let rate = try reader.double(.clientRate) {
            server.clientRate = RateLimit(requestsPerSecond: try Self.number(rate, .clientRate, in: 0...1_000_000))
        }
        if let burst = try reader.double(.clientBurst) {
            server.clientRate.burst = try Self.number(burst, .clientBurst, in: 1...1_000_000)
        }
        if let key = try reader.string(.featureEncryptionKey) {
            server.featureEncryptionKey = try key.parsed(.featureEncryptionKey, FeatureEncryptionKey.init(base64:))
        }
        if let window = try reader.string(.deduplicationWindow) {
            deduplicationWindowMilliseconds = try window.parsed(.deduplicationWindow) {
                TimeSpan.milliseconds($0).flatMap { (1000...365 * 86_400_000).contains($0) ? $0 : nil }
            }
        }
        if let retention = try reader.string(.eventRetention) {
            eventRetentionMilliseconds = try Self.eventRetention(retention, notBelow: deduplicationWindowMilliseconds)
        }
        webhooks = try WebhookSettings(reader)
        if let level = try reader.string(.logLevel) {
            logLevel = try level.parsed(.logLevel) { Logger.Level(rawValue: $0.lowercased()) }
        }
    }
}

// MARK: - What is accepted

extension HooklineConfiguration {
    private typealias Found = SettingReader.Found

    private static func path(_ found: Found<String>) throws(ConfigurationError) -> String {
        try found.parsed(.data) { $0.isEmpty || $0.utf8.contains(0) ? nil : $0 }
    }

    private static func key(_ found: Found<String>) throws(ConfigurationError) -> String {
        guard found.value.utf8.count >= minimumAdminKeyCharacters else {
            let problem = "has \(found.value.utf8.count) characters"
            throw .invalid(source: found.source, problem: problem, accepted: Setting.adminKey.accepted)
        }
        // Anything else does not get through a header field.
        return try found.parsed(.adminKey) { $0.utf8.allSatisfy { (0x21...0x7E).contains($0) } ? $0 : nil }
    }

    private static func origins(_ found: Found<[String]>) throws(ConfigurationError) -> Set<String> {
        for origin in found.value where !WebOrigin.isAccepted(origin) {
            throw .invalid(source: found.source, problem: "has '\(origin)'", accepted: Setting.corsOrigins.accepted)
        }
        return Set(found.value)
    }

    /// Ids are looked up in the log, so it cannot be kept for a shorter time than they are.
    private static func eventRetention(
        _ found: Found<String>,
        notBelow window: Int64
    ) throws(ConfigurationError) -> Int64? {
        guard found.value != "forever" else { return nil }
        let milliseconds = try found.parsed(.eventRetention) {
            TimeSpan.milliseconds($0).flatMap { (3_600_000...3650 * 86_400_000).contains($0) ? $0 : nil }
        }
        guard milliseconds >= window else {
            let problem = "is '\(found.value)', but ids of events are remembered for \(window / 1000)s"
            throw .invalid(source: found.source, problem: problem, accepted: Setting.eventRetention.accepted)
        }
        return milliseconds
    }

    private static func number(
        _ found: Found<Double>,
        _ setting: Setting,
        in range: ClosedRange<Double>
    ) throws(ConfigurationError) -> Double {
        guard range.contains(found.value) else {
            throw .invalid(source: found.source, problem: "is \(found.value)", accepted: setting.accepted)
        }
        return found.value
    }
}

extension HooklineConfiguration: CustomStringConvertible {
    /// For logs: without the key, and without the database's password.
    public var description: String {
        let key = adminKey == nil ? "stored only" : "set"
        return "database \(database), data \(dataFolder), address \(address), administrator's key \(key)"
    }
}
