/// Who a request is from, as its key tells.
public struct Principal: Sendable, Hashable {
    public enum Origin: Sendable, Hashable {
        /// A key of `hookline_keys`, by its id.
        case storedKey(id: String)
        /// The administrator's key of the environment.
        case environmentKey
        /// A caller inside the process, which owns the database anyway.
        case inProcess
    }

    public let origin: Origin
    public let scope: KeyScope

    public init(origin: Origin, scope: KeyScope) {
        self.origin = origin
        self.scope = scope
    }

    /// For logs: the id of the key, never the key.
    public var name: String {
        switch origin {
        case .storedKey(let id): id
        case .environmentKey: "environment"
        case .inProcess: "in-process"
        }
    }
}
