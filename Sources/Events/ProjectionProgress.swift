public import HooklinePrimitives
public import HooklineStorage

/// Tells how far a projection is behind the log, and waits for it.
public struct ProjectionProgress: Sendable {
    private let projection: String
    private let store: EventStore
    private let clock: WallClock

    public init(of projection: String, database: any Database, clock: WallClock = .system) {
        self.projection = projection
        self.clock = clock
        store = EventStore(database)
    }

    /// The position folded, and the log's head.
    public func positions() async throws -> (folded: Int64, head: Int64) {
        try await store.database.read { transaction in
            (try store.position(of: projection, in: transaction), try store.head(in: transaction))
        }
    }

    /// How long ago the oldest event that is not folded yet was received; 0 where all is folded.
    public func lagMilliseconds() async throws -> Int64 {
        let now = clock.now()
        return try await store.database.read { transaction in
            let position = try store.position(of: projection, in: transaction)
            let waiting = try store.events(after: position, limit: 1, in: transaction).first
            return waiting.map { max(0, now.milliseconds - $0.receivedAt.milliseconds) } ?? 0
        }
    }

    /// Waits until the projection has folded the log up to its head as of now, at most so long. Answers whether it has.
    public func waitForHead(atMost limit: Duration) async throws -> Bool {
        let target = try await store.head()
        let deadline = ContinuousClock.now + limit
        while try await store.position(of: projection) < target {
            guard ContinuousClock.now < deadline else { return false }
            try await Task.sleep(for: Self.pollInterval)
        }
        return true
    }

    private static let pollInterval = Duration.milliseconds(5)
}
