public import Hummingbird
import Logging
import NIOCore

/// What is known of a request beside its head and body. A value: middleware passes changed copies inwards.
public struct HooklineRequestContext: RequestContext {
    public var coreContext: CoreRequestContextStorage
    /// The client's `X-Request-Id` where it is a good one, else one of ours.
    public internal(set) var requestID = ""
    /// Who sends the request; nil on routes that are open to everybody.
    public internal(set) var principal: Principal?
    /// Whether the other end of the connection is on this machine.
    let isPeerLoopback: Bool

    public init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        isPeerLoopback = source.channel.remoteAddress?.isLoopback ?? false
    }

    /// The context of a request that is sent inside the process, by a caller who needs no key.
    init(logger: Logger, principal: Principal) {
        coreContext = CoreRequestContextStorage(source: InProcessSource(logger: logger))
        self.principal = principal
        isPeerLoopback = true
    }

    private struct InProcessSource: RequestContextSource {
        let logger: Logger
    }
}

extension SocketAddress {
    /// 127.0.0.0/8, ::1, the former mapped into IPv6, or a Unix socket.
    var isLoopback: Bool {
        switch self {
        case .unixDomainSocket: return true
        case .v4: return ipAddress?.hasPrefix("127.") ?? false
        case .v6:
            let address = ipAddress ?? ""
            return address == "::1" || address.hasPrefix("::ffff:127.")
        }
    }
}
