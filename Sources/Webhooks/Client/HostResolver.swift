/// Turns a name into addresses. The client judges each of them before it dials, so a resolver need not.
public struct HostResolver: Sendable {
    public typealias Completion = @Sendable (Result<[IPAddress], HostResolverError>) -> Void

    /// Looks a name up, and calls back once, on any thread. Addresses come in the order of preference.
    let resolve: @Sendable (_ host: String, _ completion: @escaping Completion) -> Void

    public init(_ resolve: @escaping @Sendable (_ host: String, _ completion: @escaping Completion) -> Void) {
        self.resolve = resolve
    }

    /// The system's own (`getaddrinfo`), with a short memory that the whole process shares.
    public static let system: HostResolver = {
        let resolver = SystemResolver()
        return HostResolver { host, completion in resolver.resolve(host, completion) }
    }()
}

/// Why a name has no address.
public struct HostResolverError: Error, Sendable, Equatable {
    /// Short, for people; it follows the name.
    public let problem: String

    public init(problem: String) {
        self.problem = problem
    }
}
