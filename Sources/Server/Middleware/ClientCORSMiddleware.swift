import HTTPTypes
import Hummingbird

/// Lets pages of listed origins call the routes for client keys from a browser (the Fetch standard, section 3.2).
///
/// Other routes take keys that must not be in a page, so no origin may call them.
struct ClientCORSMiddleware: RouterMiddleware {
    typealias Context = HooklineRequestContext
    /// `https://studio.example`, without a slash at the end; `*` stands for every origin.
    let allowedOrigins: Set<String>
    let table: RouteTable

    func handle(
        _ request: Request,
        context: Context,
        next: NextResponder
    ) async throws -> Response {
        guard !allowedOrigins.isEmpty else { return try await next(request, context) }
        let routes = table.routes(at: request.uri.path).filter(\.access.isForPages)
        guard !routes.isEmpty else { return try await next(request, context) }
        let origin = request.headers[.origin].flatMap { isAllowed($0) ? $0 : nil }
        var response: Response
        if request.method == .options, request.headers[.accessControlRequestMethod] != nil {
            // A preflight of another origin gets an answer without permission, which is how browsers are told no.
            response = Response(status: .noContent)
            if origin != nil { permit(routes, in: &response.headers) }
        } else {
            response = try await next(request, context)
            if origin != nil { response.headers[.accessControlExposeHeaders] = Self.exposedHeaders }
        }
        response.headers[.accessControlAllowOrigin] = origin
        // The answer depends on the origin whether or not it was allowed: a cache must not mix them up.
        response.headers[values: .vary].append("Origin")
        return response
    }

    private func isAllowed(_ origin: String) -> Bool {
        allowedOrigins.contains(origin) || allowedOrigins.contains("*")
    }

    private func permit(_ routes: [Route], in headers: inout HTTPFields) {
        headers[.accessControlAllowMethods] = routes.map(\.method.rawValue).sorted().joined(separator: ", ")
        headers[.accessControlAllowHeaders] = Self.allowedHeaders
        headers[.accessControlMaxAge] = String(ServerLimits.preflightMaximumAgeSeconds)
    }

    private static let allowedHeaders =
        "Authorization, Content-Type, X-API-Key, X-Request-Id, If-None-Match, Cache-Control, Last-Event-ID"
    private static let exposedHeaders = "X-Request-Id, Retry-After, ETag, X-SSE-Support"
}
