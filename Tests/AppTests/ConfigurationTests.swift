import Foundation
import HooklineServer
import Logging
import Testing

@testable import HooklineApp

@Suite struct ConfigurationTests {
    private static let adminKey = "0123456789abcdef0123456789abcdef"

    private func withFile<Result>(_ json: String, _ body: (String) throws -> Result) async throws -> Result {
        try await withTemporaryFolder { folder in
            let path = "\(folder)/hookline.json"
            try Data(json.utf8).write(to: URL(fileURLWithPath: path))
            return try body(path)
        }
    }

    @Test func everythingHasADefault() throws {
        let settings = try HooklineConfiguration(environment: [:])
        #expect(settings.database == .sqlite(path: "hookline-data/hookline.db"))
        #expect(settings.dataFolder == "hookline-data")
        #expect(settings.address == ListenAddress(host: "127.0.0.1", port: 8080))
        #expect(settings.adminKey == nil)
        #expect(settings.server.allowedOrigins.isEmpty)
        #expect(settings.server.clientRate == RateLimit())
        #expect(settings.deduplicationWindowMilliseconds == 7 * 86_400_000)
        #expect(settings.eventRetentionMilliseconds == nil)
        #expect(settings.logLevel == .info)
    }

    @Test func aFlagGoesBeforeTheEnvironmentWhichGoesBeforeTheFile() async throws {
        try await withFile(#"{"address": ":1", "log_level": "error", "data": "file"}"#) { path in
            let environment = ["HOOKLINE_ADDRESS": ":2", "HOOKLINE_LOG_LEVEL": "debug"]
            let all = try HooklineConfiguration(flags: ["address": ":3"], environment: environment, filePath: path)
            #expect(all.address.port == 3)
            #expect(all.logLevel == .debug)
            #expect(all.dataFolder == "file")
            #expect(all.database == .sqlite(path: "file/hookline.db"))
            let fileOnly = try HooklineConfiguration(environment: [:], filePath: path)
            #expect(fileOnly.address.port == 1)
            #expect(fileOnly.logLevel == .error)
        }
    }

    @Test func everySettingIsReadFromTheEnvironment() throws {
        let settings = try HooklineConfiguration(environment: [
            "HOOKLINE_DATABASE": "postgres://u:p@h/d", "HOOKLINE_DATA": "/var/lib/hookline",
            "HOOKLINE_ADDRESS": "[::1]:9", "HOOKLINE_ADMIN_KEY": Self.adminKey,
            "HOOKLINE_CORS_ORIGINS": "https://a.example,http://localhost:3000", "HOOKLINE_CLIENT_RATE": "2.5",
            "HOOKLINE_CLIENT_BURST": "10", "HOOKLINE_DEDUPLICATION_WINDOW": "12h", "HOOKLINE_LOG_LEVEL": "Warning",
            "HOOKLINE_EVENT_RETENTION": "12h", "OTHER": "x",
        ])
        #expect(settings.database == .postgres(url: "postgres://u:p@h/d"))
        #expect(settings.dataFolder == "/var/lib/hookline")
        #expect(settings.address == ListenAddress(host: "::1", port: 9))
        #expect(settings.adminKey == Self.adminKey)
        #expect(settings.server.allowedOrigins == ["https://a.example", "http://localhost:3000"])
        #expect(settings.server.clientRate == RateLimit(requestsPerSecond: 2.5, burst: 10))
        #expect(settings.deduplicationWindowMilliseconds == 12 * 3_600_000)
        #expect(settings.eventRetentionMilliseconds == 43_200_000)
        #expect(settings.logLevel == .warning)
    }

    @Test func everySettingIsReadFromTheFile() async throws {
        let json = """
            {"database": "sqlite::memory:", "data": "d", "address": "80", "admin_key": "\(Self.adminKey)",
             "cors_origins": ["https://a.example"], "client_rate": 5, "client_burst": 7.0,
             "deduplication_window": "1d", "event_retention": "90d", "log_level": "trace"}
            """
        try await withFile(json) { path in
            let settings = try HooklineConfiguration(environment: [:], filePath: path)
            #expect(settings.database == .sqliteInMemory)
            #expect(settings.address.port == 80)
            #expect(settings.adminKey == Self.adminKey)
            #expect(settings.server.allowedOrigins == ["https://a.example"])
            #expect(settings.server.clientRate == RateLimit(requestsPerSecond: 5, burst: 7))
            #expect(settings.deduplicationWindowMilliseconds == 86_400_000)
            #expect(settings.eventRetentionMilliseconds == 7_776_000_000)
            #expect(settings.logLevel == .trace)
        }
    }

    @Test func aVariableThatIsSetToNothingIsNotSet() throws {
        let settings = try HooklineConfiguration(environment: ["HOOKLINE_ADDRESS": "", "HOOKLINE_ADMIN_KEY": ""])
        #expect(settings.address == .standard)
        #expect(settings.adminKey == nil)
    }

    @Test(arguments: [
        ("DATABASE", "mysql://root:hunter2@h/d"), ("ADDRESS", "host"), ("ADDRESS", "a:65536"), ("ADDRESS", "a:b:1"),
        ("ADMIN_KEY", "hunter2"), ("ADMIN_KEY", "hunter2 hunter2 hunter2 hunter2 hunter2"),
        ("CORS_ORIGINS", "studio.example"), ("CORS_ORIGINS", "https://a.example/"), ("CLIENT_RATE", "fast"),
        ("CLIENT_RATE", "-1"), ("CLIENT_RATE", "nan"), ("CLIENT_BURST", "0"), ("DEDUPLICATION_WINDOW", "7"),
        ("DEDUPLICATION_WINDOW", "0s"), ("DEDUPLICATION_WINDOW", "366d"), ("DEDUPLICATION_WINDOW", "9999999999999999d"),
        ("EVENT_RETENTION", "90"), ("EVENT_RETENTION", "59m"), ("EVENT_RETENTION", "3651d"), ("EVENT_RETENTION", "6d"),
        ("LOG_LEVEL", "loud"),
    ])
    func aWrongValueIsNamedWithItsSource(_ name: String, _ value: String) throws {
        let error = #expect(throws: ConfigurationError.self) {
            try HooklineConfiguration(environment: ["HOOKLINE_\(name)": value])
        }
        let text = try #require(error).description
        #expect(text.hasPrefix("HOOKLINE_\(name) "))
        #expect(text.contains("accepted: "))
        #expect(!text.contains("hunter2"))
        #expect(!text.contains("\n"))
    }

    @Test func eventsAreKeptAtLeastAsLongAsTheirIDsAreRemembered() throws {
        let error = ConfigurationError.invalid(
            source: "--event-retention",
            problem: "is '23h', but ids of events are remembered for 86400s",
            accepted: Setting.eventRetention.accepted
        )
        let window = ["HOOKLINE_DEDUPLICATION_WINDOW": "1d", "HOOKLINE_EVENT_RETENTION": "30d"]
        #expect(throws: error) { try HooklineConfiguration(flags: ["event_retention": "23h"], environment: window) }
        let same = try HooklineConfiguration(flags: ["event_retention": "24h"], environment: window)
        #expect(same.eventRetentionMilliseconds == 86_400_000)
        let ever = try HooklineConfiguration(flags: ["event_retention": "forever"], environment: window)
        #expect(ever.eventRetentionMilliseconds == nil)
    }

    @Test func aWrongFlagIsNamedAsOne() {
        #expect(
            throws: ConfigurationError.invalid(
                source: "--log-level",
                problem: "is 'loud'",
                accepted: Setting.logLevel.accepted
            )
        ) {
            try HooklineConfiguration(flags: ["log_level": "loud"], environment: [:])
        }
    }

    @Test(arguments: [
        (#"{"adress": ":1"}"#, "'adress'"), ("[]", "no JSON object"), ("{", "no JSON at byte 1"),
        (#"{"address": 8080}"#, "address in"), (#"{"client_rate": "5"}"#, "client_rate in"),
        (#"{"address": null}"#, "'address' does not have"), (#"{"address": {"port": 1}}"#, "'address' does not"),
        (#"{"cors_origins": [1]}"#, "cors_origins in"), (#"{"address": true}"#, "'address' does not have"),
    ])
    func aWrongFileIsExplained(_ json: String, _ expected: String) async throws {
        try await withFile(json) { path in
            let error = #expect(throws: ConfigurationError.self) {
                try HooklineConfiguration(environment: [:], filePath: path)
            }
            #expect(error?.description.contains(expected) == true, "\(String(describing: error))")
        }
    }

    @Test func aDescriptionHasNoSecrets() throws {
        let settings = try HooklineConfiguration(environment: [
            "HOOKLINE_ADMIN_KEY": Self.adminKey, "HOOKLINE_DATABASE": "postgres://u:hunter2@h/d",
        ])
        for text in ["\(settings)", String(reflecting: settings)] {
            #expect(!text.contains(Self.adminKey))
            #expect(!text.contains("hunter2"))
        }
    }

    @Test func aMissingFileIsNamed() {
        let error = #expect(throws: ConfigurationError.self) {
            try HooklineConfiguration(environment: [:], filePath: "/nonexistent/hookline.json")
        }
        #expect(error?.description.contains("/nonexistent/hookline.json cannot be read") == true)
    }
}
