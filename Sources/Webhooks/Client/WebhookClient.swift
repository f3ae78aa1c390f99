import NIOCore
import Synchronization

/// Sends the requests of deliveries, over HTTP/1.1, to addresses that the policy permits.
///
/// A connection carries one request at a time and is kept for the next. A name is looked up for each new connection, each
/// of its addresses is judged right before it is dialled, and the address that was judged is what is dialled. Redirects
/// are answers like others. Nothing is retried, but for one case: where a kept connection turns out to be closed before the
/// whole request was handed to the system, it is sent on a new one, since no receiver can have read it.
final class WebhookClient: Sendable {
    let policy: NetworkPolicy
    let resolver: HostResolver
    let configuration: WebhookClientConfiguration
    let tls: TLSContexts
    let writer: RequestWriter
    let pool = Mutex(ConnectionPool())
    private let group: any EventLoopGroup

    /// - Throws: `WebhookClientError`.
    init(
        group: any EventLoopGroup,
        policy: NetworkPolicy,
        resolver: HostResolver = .system,
        configuration: WebhookClientConfiguration
    ) throws(WebhookClientError) {
        self.group = group
        self.policy = policy
        self.resolver = resolver
        self.configuration = configuration
        tls = try TLSContexts(additionalTrustRoots: configuration.additionalTrustRoots)
        writer = RequestWriter(userAgent: configuration.userAgent)
    }

    /// Sends a request, and calls back exactly once, on an event loop: do not block there.
    func send(_ request: ExchangeRequest, completion: @escaping @Sendable (ExchangeOutcome) -> Void) {
        let exchange = RunningExchange(request, completion: completion)
        if request.url.scheme == .http, !policy.allowsHTTP {
            let failure = ExchangeFailure(
                kind: .addressRefused,
                message: "the scheme http is not accepted, only https is"
            )
            return group.next().execute { exchange.finish(.failure(failure), address: nil) }
        }
        if let connection = pool.withLock({ $0.take(ConnectionKey(request)) }) {
            connection.onEventLoop { connection.use(exchange) }
        } else {
            open(exchange)
        }
    }

    /// Starts an exchange on a connection of its own.
    func open(_ exchange: RunningExchange) {
        let connection = HTTPConnection(ConnectionKey(exchange.request), client: self, eventLoop: group.next())
        if pool.withLock({ $0.add(connection) }) {
            connection.onEventLoop { connection.open(exchange) }
        } else {
            connection.eventLoop.execute { exchange.finish(.failure(.cancelled), address: nil) }
        }
    }

    /// Closes all connections, ends what is under way as cancelled, and returns when all are closed. Later requests are
    /// cancelled at once. The group of event loops has to run until then.
    func shutdown() async {
        for connection in pool.withLock({ $0.shutDown() }) {
            connection.onEventLoop { connection.cancel() }
        }
        await withCheckedContinuation { continuation in
            if !pool.withLock({ $0.wait(continuation) }) { continuation.resume() }
        }
    }
}

extension ExchangeFailure {
    static let cancelled = ExchangeFailure(kind: .cancelled, message: "the client was shut down")
}
