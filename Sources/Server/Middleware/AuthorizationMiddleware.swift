import HTTPTypes
import Hummingbird

/// Lets through who may call a route. Stands before each route, with what that route declares.
struct AuthorizationMiddleware: RouterMiddleware {
    typealias Context = HooklineRequestContext
    let access: RouteAccess
    let authenticator: Authenticator
    let clientLimiter: RateLimiter

    func handle(
        _ request: Request,
        context: Context,
        next: NextResponder
    ) async throws -> Response {
        let required: KeyScope
        switch access {
        case .open: return try await next(request, context)
        case .scope(let scope): required = scope
        case .scopeOrLoopback(let scope):
            if context.isPeerLoopback, !request.isForwarded, request.headers[.authorization] == nil {
                return try await next(request, context)
            }
            required = scope
        case .clientKeyInPath: required = .client
        }
        let principal: Principal
        if let known = context.principal {
            principal = known
        } else {
            principal = try await self.principal(of: request, context)
        }
        guard principal.scope.includes(required) else {
            throw AccessError.scopeMissing(required: required, present: principal.scope)
        }
        if principal.scope == .client, case .storedKey(let id) = principal.origin { try clientLimiter.admit(id) }
        var context = context
        context.principal = principal
        return try await next(request, context)
    }

    private func principal(of request: Request, _ context: Context) async throws -> Principal {
        guard access == .clientKeyInPath else {
            guard let key = request.sentKey else { throw AccessError.keyMissing }
            return try await principal(holding: key)
        }
        let principal = try await principal(holding: try context.pathText("client_key"))
        // An address is seen by caches and logs: no key that may do more belongs there.
        guard principal.scope == .client else {
            throw AccessError.scopeMissing(required: .client, present: principal.scope)
        }
        return principal
    }

    private func principal(holding key: String) async throws -> Principal {
        guard let principal = try await authenticator.principal(holding: key) else { throw AccessError.keyUnknown }
        return principal
    }
}

extension Request {
    /// The key in the header: `Authorization: Bearer KEY`, or `X-API-Key: KEY`, as OpenFeature's providers may send it.
    var sentKey: String? {
        guard let header = headers[.authorization] else { return headers[.apiKey] }
        let parts = header.utf8.split(separator: UInt8(ascii: " ")).map { Substring($0) }
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return String(parts[1])
    }

    /// Whether a proxy passed the request on: a connection from this machine then tells nothing about who asks.
    fileprivate var isForwarded: Bool {
        [HTTPField.Name.forwarded, .forwardedFor, .via].contains { headers[$0] != nil }
    }
}

extension HTTPField.Name {
    static let apiKey = HTTPField.Name("X-API-Key")!
    fileprivate static let forwarded = HTTPField.Name("Forwarded")!
    fileprivate static let forwardedFor = HTTPField.Name("X-Forwarded-For")!
}
