public import NIOCore
public import NIOPosix

/// Settings of webhooks.
public struct WebhookConfiguration: Sendable {
    /// Where deliveries may go. By default: to public addresses, by HTTPS.
    public var network: NetworkPolicy
    /// What seals secrets in the database.
    public var keys: EncryptionKeyRing
    /// Other settings of the HTTP client: a proxy, further trusted roots.
    public var client: WebhookClientConfiguration
    /// The `source` of CloudEvents, a URI reference.
    public var source: String
    /// Events that are older are removed with their deliveries, unless one of those is pending.
    public var retentionMilliseconds: Int64
    /// A subscription all of whose attempts failed for so long is disabled.
    public var disableAfterMilliseconds: Int64
    /// The name of this process among those that share the database.
    public var node: String
    /// Whether no other process can use the database: then no lease has to run out before this one delivers.
    public var isAlone: Bool
    public var group: any EventLoopGroup

    public static let defaultRetentionMilliseconds: Int64 = 30 * 86_400_000
    public static let defaultDisableAfterMilliseconds: Int64 = 5 * 86_400_000

    public init(
        keys: EncryptionKeyRing,
        network: NetworkPolicy = NetworkPolicy(),
        client: WebhookClientConfiguration,
        source: String = PayloadFormat.defaultSource,
        retentionMilliseconds: Int64 = WebhookConfiguration.defaultRetentionMilliseconds,
        disableAfterMilliseconds: Int64 = WebhookConfiguration.defaultDisableAfterMilliseconds,
        node: String,
        isAlone: Bool,
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) {
        self.keys = keys
        self.network = network
        self.client = client
        self.source = source
        self.retentionMilliseconds = retentionMilliseconds
        self.disableAfterMilliseconds = disableAfterMilliseconds
        self.node = node
        self.isAlone = isAlone
        self.group = group
    }
}
