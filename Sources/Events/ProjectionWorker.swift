public import HooklinePrimitives
public import HooklineStorage
public import Logging
import Metrics
public import ServiceLifecycle

/// Keeps one projection up with the log. Any number of nodes may run one each: the position's row lets one of them
/// fold a batch, and the others find it done.
public struct ProjectionWorker: Service {
    private let projection: Projection
    private let store: EventStore
    private let batchSize: Int
    private let logger: Logger
    private let clock: WallClock
    private let folded: Counter
    /// How long ago the oldest event that is not folded was received.
    private let lag: Gauge

    /// Events folded in one transaction. On SQLite appends and folds take turns, so a fold must be able to take as much in
    /// its turn as a commit brings in its own: with less it would fall behind for ever under load.
    public static let defaultBatchSize = EventLogConfiguration.defaultMaximumEventsPerCommit
    /// How long an announcement can be lost before the log is looked at all the same.
    private static let pollInterval = Duration.seconds(1)

    public init(
        _ projection: Projection,
        database: any Database,
        batchSize: Int = ProjectionWorker.defaultBatchSize,
        clock: WallClock = .system,
        logger: Logger
    ) {
        self.clock = clock
        self.projection = projection
        self.batchSize = batchSize
        self.logger = logger
        store = EventStore(database)
        let dimensions = [("projection", projection.name)]
        folded = Counter(label: "hookline_projection_events_total", dimensions: dimensions)
        lag = Gauge(label: "hookline_projection_lag_seconds", dimensions: dimensions)
    }

    /// Folds until the service is told to stop. A failing database is tried again every second.
    public func run() async throws {
        let wake = WakeUps(store.database.announcements(of: EventLog.appended), every: Self.pollInterval)
        await wake.work("the fold", logger: logger, metadata: ["projection": "\(projection.name)"]) {
            try await catchUp()
        }
    }

    /// Folds everything that the log holds now.
    public func catchUp() async throws {
        while try await step() > 0 {
            try Task.checkCancellation()
        }
    }

    /// Folds one batch, and answers how many events were behind: 0 where there was nothing to fold.
    @discardableResult
    func step() async throws -> Int {
        let name = projection.name
        // Read before the transaction that folds: whatever a definition must be known for lies in the log after the
        // definition was committed, so definitions that the fold reads later are at least as new as these events.
        let (position, events) = try await store.database.read { transaction in
            let position = try store.position(of: name, in: transaction)
            return (position, try store.events(after: position, limit: batchSize, in: transaction))
        }
        guard let first = events.first, let last = events.last else {
            lag.record(0)
            return 0
        }
        lag.record(Double(max(0, clock.now().milliseconds - first.receivedAt.milliseconds)) / 1000)
        let isMine = try await store.database.write { transaction in
            guard try store.lockedPosition(of: name, in: transaction) == position else { return false }
            try projection.fold(events, transaction)
            try store.setPosition(last.position, of: name, in: transaction)
            return true
        }
        if isMine { folded.increment(by: events.count) }
        return events.count
    }
}
