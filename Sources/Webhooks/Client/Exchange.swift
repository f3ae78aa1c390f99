import NIOCore

/// One POST to a receiver.
struct ExchangeRequest: Sendable {
    var url: WebhookURL
    /// In the order to be sent. Beside them the client writes `Host`, `User-Agent`, `Accept` and `Content-Length`.
    var headers: [(String, String)]
    var body: ByteBuffer
    /// From the call of `send` to the last byte of the answer, name lookup included.
    var deadline: Duration
    /// What the client shows to a receiver that asks who calls.
    var identity: ClientIdentity?
}

/// What became of an exchange.
struct ExchangeOutcome: Sendable {
    enum Result: Sendable, Equatable {
        case response(Response)
        case failure(ExchangeFailure)
    }

    struct Response: Sendable, Equatable {
        /// 200 to 599, a redirect as it is.
        var status: Int
        /// The `Retry-After` header, verbatim.
        var retryAfter: String?
        /// The beginning of the body.
        var body: [UInt8]
        /// Whether the body was longer.
        var isTruncated: Bool
    }

    var result: Result
    var timings: ExchangeTimings
    /// The address that was dialled last, without its port.
    var address: String?
}

/// Where the time of an exchange went, in microseconds.
public struct ExchangeTimings: Sendable, Equatable {
    /// The lookup of the name; 0 for an address.
    public var dns: Int
    /// The TCP connection, with the tunnel through a proxy where there is one, over all addresses that were tried.
    public var connect: Int
    public var tls: Int
    /// From the start of the request to the first byte of the answer.
    public var firstByte: Int
    public var total: Int
    /// Whether an open connection was used: then `dns`, `connect` and `tls` are 0.
    public var reused: Bool

    public init(
        dns: Int = 0,
        connect: Int = 0,
        tls: Int = 0,
        firstByte: Int = 0,
        total: Int = 0,
        reused: Bool = false
    ) {
        self.dns = dns
        self.connect = connect
        self.tls = tls
        self.firstByte = firstByte
        self.total = total
        self.reused = reused
    }
}

/// What kept an exchange from having an answer.
public enum FailureKind: String, Sendable, CaseIterable {
    /// The name has no address.
    case dns
    /// The policy permits none of the addresses, or not the scheme.
    case addressRefused = "blocked"
    /// No TCP connection.
    case connect
    /// The handshake failed, or the certificate is not one for this host.
    case tls
    /// The deadline came first. Whether the receiver took the event is unknown, unless no request was sent.
    case timeout
    /// The connection ended before the answer did. Whether the receiver took the event is unknown.
    case reset
    /// The answer was no HTTP.
    case `protocol`
    /// The proxy did not open a tunnel.
    case proxy
    /// The request could not be signed: a secret cannot be opened with the keys of this process. None was sent.
    case signing
    /// The client was shut down.
    case cancelled
}

/// Why there was no answer.
struct ExchangeFailure: Error, Sendable, Equatable {
    var kind: FailureKind
    /// Short, for people, with the phase.
    var message: String
}
