public import HTTPTypes
public import Hummingbird

/// Answers one request.
public typealias RouteHandler = @Sendable (Request, HooklineRequestContext) async throws -> Response

/// Who may call a route.
public enum RouteAccess: Sendable, Equatable {
    /// Everybody. For probes and public documents.
    case open
    /// The holder of a key whose scope includes this one.
    case scope(KeyScope)
    /// The same, and without a key whoever connects from this machine.
    case scopeOrLoopback(KeyScope)
    /// The holder of a client key, which stands in the address as `client_key`: for clients that send no header of their own.
    case clientKeyInPath

    /// Whether pages of other origins may call it.
    var isForPages: Bool { self == .scope(.client) || self == .clientKeyInPath }
}

/// One route, as a value.
public struct Route: Sendable {
    public let method: HTTPRequest.Method
    /// `/v1/keys/{id}`
    public let path: String
    public let access: RouteAccess
    let handler: RouteHandler
}

/// Where each part of the API adds its routes. None can be added without saying who may call it:
///
///     routes.scoped(.write).post("/v1/experiments") { request, context in ... }
public final class RouteList {
    public private(set) var routes: [Route] = []

    public init() {}

    /// Routes for holders of a key whose scope includes `scope`.
    ///
    /// Those of `.client` may be called from a browser, by the origins that the configuration lists.
    public func scoped(_ scope: KeyScope) -> Adder { Adder(list: self, access: .scope(scope)) }

    /// The same, and for everybody on this machine.
    public func scopedOrLoopback(_ scope: KeyScope) -> Adder { Adder(list: self, access: .scopeOrLoopback(scope)) }

    /// Routes for holders of a client key that stands in the address, as `{client_key}`.
    public var withKeyInPath: Adder { Adder(list: self, access: .clientKeyInPath) }

    /// Routes for everybody.
    public var open: Adder { Adder(list: self, access: .open) }

    /// Adds routes of one access.
    public struct Adder {
        let list: RouteList
        let access: RouteAccess

        @discardableResult
        public func on(_ method: HTTPRequest.Method, _ path: String, use handler: @escaping RouteHandler) -> Adder {
            list.routes.append(Route(method: method, path: path, access: access, handler: handler))
            return self
        }

        @discardableResult
        public func get(_ path: String, use handler: @escaping RouteHandler) -> Adder { on(.get, path, use: handler) }

        @discardableResult
        public func post(_ path: String, use handler: @escaping RouteHandler) -> Adder { on(.post, path, use: handler) }

        @discardableResult
        public func put(_ path: String, use handler: @escaping RouteHandler) -> Adder { on(.put, path, use: handler) }

        @discardableResult
        public func patch(_ path: String, use handler: @escaping RouteHandler) -> Adder {
            on(.patch, path, use: handler)
        }

        @discardableResult
        public func delete(_ path: String, use handler: @escaping RouteHandler) -> Adder {
            on(.delete, path, use: handler)
        }
    }
}
