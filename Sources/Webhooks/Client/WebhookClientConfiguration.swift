/// Settings of the client of deliveries.
public struct WebhookClientConfiguration: Sendable {
    /// The value of `User-Agent`: `Hookline/1.2.3`.
    public var userAgent: String
    /// Certificates in PEM that are trusted beside those of the system, such as a private authority's.
    public var additionalTrustRoots: String?
    public var proxy: ForwardProxy?
    /// How long a connection is kept without a request. Below the 60 s after which most servers and balancers close, since
    /// a request that meets a closing connection fails.
    public var idleTimeoutMilliseconds: Int64
    /// How long a connection is used at all, so that a receiver that moves to other addresses is followed.
    public var maximumConnectionAgeMilliseconds: Int64
    /// Idle connections that are kept, of all origins.
    public var maximumIdleConnections: Int
    public var maximumIdleConnectionsPerOrigin: Int

    public static let defaultIdleTimeoutMilliseconds: Int64 = 15_000
    public static let defaultMaximumConnectionAgeMilliseconds: Int64 = 300_000
    public static let defaultMaximumIdleConnections = 2048
    public static let defaultMaximumIdleConnectionsPerOrigin = 64

    public init(version: String, additionalTrustRoots: String? = nil, proxy: ForwardProxy? = nil) {
        userAgent = "Hookline/\(version)"
        self.additionalTrustRoots = additionalTrustRoots
        self.proxy = proxy
        idleTimeoutMilliseconds = Self.defaultIdleTimeoutMilliseconds
        maximumConnectionAgeMilliseconds = Self.defaultMaximumConnectionAgeMilliseconds
        maximumIdleConnections = Self.defaultMaximumIdleConnections
        maximumIdleConnectionsPerOrigin = Self.defaultMaximumIdleConnectionsPerOrigin
    }
}

/// Why a client cannot be made.
public enum WebhookClientError: Error, Equatable, CustomStringConvertible {
    case trustRoots
    /// TLS could not be set up, such as for want of the system's certificates.
    case tls(problem: String)

    public var description: String {
        switch self {
        case .trustRoots: "the additional trust roots have no readable certificate; accepted are certificates in PEM"
        case .tls(let problem): "TLS cannot be set up: \(problem)"
        }
    }
}
