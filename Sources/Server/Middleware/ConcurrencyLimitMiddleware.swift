import Hummingbird
import Synchronization

/// Refuses requests beyond what the process can hold at a time: so many of them, and so many bytes of bodies.
struct ConcurrencyLimitMiddleware: RouterMiddleware {
    typealias Context = HooklineRequestContext
    let gauge: RequestGauge

    func handle(
        _ request: Request,
        context: Context,
        next: NextResponder
    ) async throws -> Response {
        let bytes = Self.possibleBodyBytes(of: request)
        guard gauge.enter(bodyBytes: bytes) else { throw RequestError.overloaded }
        defer { gauge.leave(bodyBytes: bytes) }
        return try await next(request, context)
    }

    /// What the body may come to: its announced length, or the longest that is accepted where none is announced.
    private static func possibleBodyBytes(of request: Request) -> Int {
        if let announced = request.headers[.contentLength].flatMap({ Int($0) }) {
            return min(max(announced, 0), ServerLimits.maximumBodyBytes)
        }
        return request.headers[.transferEncoding] == nil ? 0 : ServerLimits.maximumBodyBytes
    }
}

/// Counts the requests that are being worked on, and the bytes that their bodies may come to.
final class RequestGauge: Sendable {
    private let maximumRequests: Int
    private let maximumBodyBytes: Int
    private let state = Mutex((requests: 0, bodyBytes: 0))

    init(
        maximumRequests: Int = ServerLimits.maximumConcurrentRequests,
        maximumBodyBytes: Int = ServerLimits.maximumBufferedBodyBytes
    ) {
        self.maximumRequests = maximumRequests
        self.maximumBodyBytes = maximumBodyBytes
    }

    /// Whether there is room for one more. Who entered must leave.
    func enter(bodyBytes: Int) -> Bool {
        state.withLock { state in
            guard state.requests < maximumRequests, state.bodyBytes + bodyBytes <= maximumBodyBytes else {
                return false
            }
            state.requests += 1
            state.bodyBytes += bodyBytes
            return true
        }
    }

    func leave(bodyBytes: Int) {
        state.withLock { state in
            state.requests -= 1
            state.bodyBytes -= bodyBytes
        }
    }
}
