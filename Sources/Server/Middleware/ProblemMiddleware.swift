import Hummingbird
import Logging

/// Turns every error into problem details, or into what the clients of a facade expect instead, and logs those that are the server's fault.
struct ProblemMiddleware: RouterMiddleware {
    typealias Context = HooklineRequestContext
    let table: RouteTable

    func handle(
        _ request: Request,
        context: Context,
        next: NextResponder
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch {
            let answer = ErrorResponse(clarified(error, request))
            if let level = answer.logLevel {
                context.logger.log(
                    level: level,
                    "Request failed",
                    metadata: [
                        "request_id": "\(context.requestID)", "error": "\(error)", "code": "\(answer.problem.code)",
                        "path": "\(request.loggedPath)",
                    ]
                )
            }
            let path = request.uri.path
            let response =
                if SvixErrors.apply(to: path) {
                    SvixErrors.response(to: answer.problem, request)
                } else if OFREPErrors.apply(to: path) {
                    OFREPErrors.response(to: answer.problem, path)
                } else {
                    answer.problem.response(requestID: context.requestID, instance: path)
                }
            return request.method == .head ? response.createHeadResponse() : response
        }
    }

    /// The router says 404 where the path is known and the method is not.
    private func clarified(_ error: any Error, _ request: Request) -> any Error {
        guard let http = error as? HTTPError, http.status == .notFound else { return error }
        let allowed = table.allowedMethods(at: request.uri.path)
        return allowed.isEmpty
            ? RequestError.routeUnknown
            : RequestError.methodNotAllowed(allowed: allowed.map(\.rawValue))
    }
}
