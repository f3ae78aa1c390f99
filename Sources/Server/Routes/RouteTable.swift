import HTTPTypes

/// Which routes there are: for 405, preflights and the check against the OpenAPI document.
public struct RouteTable: Sendable {
    public let routes: [Route]
    private let segments: [[Segment]]

    private enum Segment: Sendable {
        case literal(Substring)
        case parameter

        var isLiteral: Bool {
            if case .literal = self { true } else { false }
        }

        func matches(_ text: Substring) -> Bool {
            switch self {
            case .literal(let literal): literal == text
            case .parameter: true
            }
        }
    }

    init(_ routes: [Route]) {
        self.routes = routes
        segments = routes.map { route in
            Self.split(route.path).map { $0.first == "{" ? .parameter : .literal($0) }
        }
    }

    /// The routes that serve a path, whatever their method. As in the router, a literal segment goes before a parameter.
    func routes(at path: String) -> [Route] {
        let parts = Self.split(path)
        let matching = routes.indices.filter { index in
            segments[index].count == parts.count && zip(segments[index], parts).allSatisfy { $0.matches($1) }
        }
        let best = matching.min { left, right in
            segments[left].lexicographicallyPrecedes(segments[right]) { $0.isLiteral && !$1.isLiteral }
        }
        guard let best else { return [] }
        return matching.map { routes[$0] }.filter { $0.path == routes[best].path }
    }

    /// The methods that a path accepts, in the order that `Allow` lists them; empty for an unknown path.
    func allowedMethods(at path: String) -> [HTTPRequest.Method] {
        var methods = Set(routes(at: path).map(\.method))
        // A HEAD route comes with every GET.
        if methods.contains(.get) { methods.insert(.head) }
        return methods.sorted { $0.rawValue < $1.rawValue }
    }

    private static func split(_ path: String) -> [Substring] { path.split(separator: "/") }
}
