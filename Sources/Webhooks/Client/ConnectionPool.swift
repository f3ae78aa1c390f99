/// What connections are shared by: requests with equal keys may use the same one.
struct ConnectionKey: Hashable {
    let origin: String
    /// The fingerprint of the client's identity.
    let identity: String?

    init(_ request: ExchangeRequest) {
        origin = request.url.origin
        identity = request.identity?.fingerprint
    }
}

/// The connections of a client: those that wait for a request, the last used first, and all that are open.
struct ConnectionPool {
    private var idle: [ConnectionKey: [HTTPConnection]] = [:]
    private(set) var idleCount = 0
    private var open: [ObjectIdentifier: HTTPConnection] = [:]
    private var waiters: [CheckedContinuation<Void, Never>] = []
    private(set) var isShutDown = false

    var openCount: Int { open.count }

    /// Takes an idle connection out. Its owner may find it closed, as it can end at any moment.
    mutating func take(_ key: ConnectionKey) -> HTTPConnection? {
        guard let connection = idle[key]?.popLast() else { return nil }
        idleCount -= 1
        return connection
    }

    /// Keeps a connection for later.
    ///
    /// - Returns: false where there are enough already.
    mutating func keep(_ connection: HTTPConnection, _ configuration: WebhookClientConfiguration) -> Bool {
        guard !isShutDown, idleCount < configuration.maximumIdleConnections,
            idle[connection.key, default: []].count < configuration.maximumIdleConnectionsPerOrigin
        else { return false }
        idle[connection.key, default: []].append(connection)
        idleCount += 1
        return true
    }

    /// - Returns: whether the connection was idle; one that was taken meanwhile is not.
    mutating func remove(_ connection: HTTPConnection) -> Bool {
        guard let index = idle[connection.key]?.firstIndex(where: { $0 === connection }) else { return false }
        idle[connection.key]?.remove(at: index)
        idleCount -= 1
        return true
    }

    /// Takes note of a connection before it is opened.
    ///
    /// - Returns: false after the shutdown.
    mutating func add(_ connection: HTTPConnection) -> Bool {
        guard !isShutDown else { return false }
        open[ObjectIdentifier(connection)] = connection
        return true
    }

    /// Forgets a closed connection.
    ///
    /// - Returns: those who waited for the last one.
    mutating func closed(_ connection: HTTPConnection) -> [CheckedContinuation<Void, Never>] {
        _ = remove(connection)
        if idle[connection.key]?.isEmpty == true { idle[connection.key] = nil }
        open[ObjectIdentifier(connection)] = nil
        guard isShutDown, open.isEmpty else { return [] }
        defer { waiters = [] }
        return waiters
    }

    /// Refuses connections from now on.
    ///
    /// - Returns: those that are to be closed.
    mutating func shutDown() -> [HTTPConnection] {
        isShutDown = true
        idle = [:]
        idleCount = 0
        return Array(open.values)
    }

    /// - Returns: false where nothing is open, and nobody will resume the waiter.
    mutating func wait(_ waiter: CheckedContinuation<Void, Never>) -> Bool {
        guard !open.isEmpty else { return false }
        waiters.append(waiter)
        return true
    }
}
