import Hummingbird
import Logging

/// One line a request, at debug. What went wrong on this side has a line of its own at a higher level.
struct RequestLogMiddleware: RouterMiddleware {
    typealias Context = HooklineRequestContext

    func handle(
        _ request: Request,
        context: Context,
        next: NextResponder
    ) async throws -> Response {
        guard context.logger.logLevel <= .debug else { return try await next(request, context) }
        let start = ContinuousClock.now
        let response = try await next(request, context)
        let milliseconds = start.duration(to: .now) / .milliseconds(1)
        context.logger.debug(
            "Request",
            metadata: [
                "request_id": "\(context.requestID)",
                // Without the query: it may hold what its sender would not want in a log.
                "method": "\(request.method.rawValue)", "path": "\(request.loggedPath)",
                "status": "\(response.status.code)", "milliseconds": "\((milliseconds * 1000).rounded() / 1000)",
            ]
        )
        return response
    }
}

extension Request {
    /// The path, with keys that stand in it cut to their ids.
    var loggedPath: String {
        uri.path.split(separator: "/", omittingEmptySubsequences: false)
            .map { APIKey(String($0))?.description ?? String($0) }.joined(separator: "/")
    }
}
