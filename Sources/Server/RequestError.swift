/// Why the edge refuses the address of a request, or has no room for it.
public enum RequestError: Error, Equatable {
    case routeUnknown
    case methodNotAllowed(allowed: [String])
    /// What the path names does not exist: `key`, `abc`.
    case notFound(kind: String, id: String)
    /// A parameter of the path or the query has a value that is not accepted.
    case invalid(field: String, problem: String, accepted: String)
    /// The path or the query has a `%` that no two hexadecimal digits follow, or does not make UTF-8.
    case invalidPercentEncoding(field: String)
    /// The server has too much to do.
    case overloaded
}
