import HTTPTypes
import Hummingbird
import Metrics
import Synchronization

/// Counts requests and measures how long they take, by route template, so that ids in paths make no new series.
struct RequestMetricsMiddleware: RouterMiddleware {
    typealias Context = HooklineRequestContext
    private let series = SeriesCache()

    func handle(
        _ request: Request,
        context: Context,
        next: NextResponder
    ) async throws -> Response {
        let start = ContinuousClock.now
        series.active.increment()
        defer { series.active.decrement() }
        let response = try await next(request, context)
        // The router sets this for routes that it knows, and "NotFound" else.
        let endpoint = context.endpointPath.flatMap { $0.hasPrefix("/") ? $0 : nil }
        let (counter, timer) = series.series(
            SeriesCache.Key(
                route: endpoint ?? "unmatched",
                method: Self.knownMethods.contains(request.method) ? request.method.rawValue : "OTHER",
                status: response.status.code
            )
        )
        counter.increment()
        let duration = start.duration(to: .now).components
        timer.recordNanoseconds(duration.seconds * 1_000_000_000 + duration.attoseconds / 1_000_000_000)
        return response
    }

    /// Others are what a client made up, and would make a series each.
    private static let knownMethods: Set<HTTPRequest.Method> = [.get, .head, .post, .put, .patch, .delete, .options]
}

/// Keeps the handles of series: to look one up in the metrics system for each request would take its lock.
///
/// As many as there are routes, methods and statuses.
private final class SeriesCache: Sendable {
    struct Key: Hashable {
        let route: String
        let method: String
        let status: Int
    }

    let active = Meter(label: "hookline_http_requests_active")
    private let known = Mutex<[Key: (Counter, Timer)]>([:])

    func series(_ key: Key) -> (Counter, Timer) {
        known.withLock { known in
            if let found = known[key] { return found }
            let dimensions = [("route", key.route), ("method", key.method)]
            let made = (
                Counter(
                    label: "hookline_http_requests_total",
                    dimensions: dimensions + [("status", String(key.status))]
                ),
                Timer(
                    label: "hookline_http_request_duration_seconds",
                    dimensions: dimensions,
                    preferredDisplayUnit: .seconds
                )
            )
            known[key] = made
            return made
        }
    }
}
