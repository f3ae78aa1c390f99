public import HooklineWebhooks

/// The settings of webhooks.
public struct WebhookSettings: Sendable {
    /// Where deliveries may go beside public addresses, and whether without TLS.
    public var network = NetworkPolicy()
    /// The file with the keys that seal secrets; nil for the one beside the SQLite file.
    public var encryptionKeyFile: String?
    public var proxy: ForwardProxy?
    /// A file with certificates in PEM that are trusted beside the system's.
    public var trustRootsFile: String?
    /// The `source` of CloudEvents.
    public var source = PayloadFormat.defaultSource
    public var retentionMilliseconds = WebhookConfiguration.defaultRetentionMilliseconds
    public var disableAfterMilliseconds = WebhookConfiguration.defaultDisableAfterMilliseconds

    public init() {}

    /// - Throws: `ConfigurationError` for the first setting that is not accepted.
    init(_ reader: SettingReader) throws(ConfigurationError) {
        if let found = try reader.strings(.allowedWebhookNetworks) {
            network.allowedNetworks = try found.parsed(.allowedWebhookNetworks) { texts in
                let blocks = texts.map { try? AddressBlock($0) }
                return blocks.contains { $0 == nil } ? nil : blocks.compactMap { $0 }
            }
        }
        if let found = try reader.string(.allowWebhookHTTP) {
            network.allowsHTTP = try found.parsed(.allowWebhookHTTP) { ["true": true, "false": false][$0] }
        }
        encryptionKeyFile = try reader.string(.encryptionKeyFile)?.value
        if let found = try reader.string(.webhookProxy) {
            proxy = try found.parsed(.webhookProxy) { try? ForwardProxy($0) }
        }
        trustRootsFile = try reader.string(.webhookTrustRoots)?.value
        if let found = try reader.string(.webhookSource) {
            source = try found.parsed(.webhookSource) { text in
                (try? PayloadFormat.checkSource(text)) == nil ? nil : text
            }
        }
        if let found = try reader.string(.webhookRetention) {
            retentionMilliseconds = try found.parsed(.webhookRetention) {
                TimeSpan.milliseconds($0).flatMap { (3_600_000...3650 * 86_400_000).contains($0) ? $0 : nil }
            }
        }
        if let found = try reader.string(.webhookDisableAfter) {
            disableAfterMilliseconds = try found.parsed(.webhookDisableAfter) {
                TimeSpan.milliseconds($0).flatMap { (60_000...365 * 86_400_000).contains($0) ? $0 : nil }
            }
        }
    }
}

extension SettingReader.Found {
    /// The value that a text stands for.
    func parsed<Parsed>(_ setting: Setting, _ parse: (Value) -> Parsed?) throws(ConfigurationError) -> Parsed {
        guard let parsed = parse(value) else {
            throw .invalid(
                source: source,
                problem: setting.isSecret ? "is not accepted" : "is '\(value)'",
                accepted: setting.accepted
            )
        }
        return parsed
    }
}
