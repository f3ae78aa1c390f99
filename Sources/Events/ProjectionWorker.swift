import HooklinePrimitives
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
    private let folded: Counter

    /// Events folded in one transaction. On SQLite appends wait meanwhile, so it is some milliseconds' worth.
    public static let defaultBatchSize = 1000
    /// How long an announcement can be lost before the log is looked at all the same.
    private static let pollInterval = Duration.seconds(1)

    public init(
        _ projection: Projection,
        database: any Database,
        batchSize: Int = ProjectionWorker.defaultBatchSize,
        logger: Logger
    ) {
        self.projection = projection
        self.batchSize = batchSize
        self.logger = logger
        store = EventStore(database)
        folded = Counter(label: "hookline_projection_events_total", dimensions: [("projection", projection.name)])
    }

    /// Folds until the service is told to stop. A failing database is tried again every second.
    public func run() async throws {
        let announcements = store.database.announcements(of: EventLog.appended)
        let wake = WakeUps(announcements, every: Self.pollInterval)
        await cancelWhenGracefulShutdown {
            await wake.forEach {
                do {
                    try await catchUp()
                } catch let error as StorageError where error.isTemporary {
                    logger.warning("The fold waits for the database", metadata: metadata(error))
                } catch is CancellationError {
                } catch {
                    logger.error("The fold stands still", metadata: metadata(error))
                }
            }
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
        guard let last = events.last else { return 0 }
        let isMine = try await store.database.write { transaction in
            guard try store.lockedPosition(of: name, in: transaction) == position else { return false }
            try projection.fold(events, transaction)
            try store.setPosition(last.position, of: name, in: transaction)
            return true
        }
        if isMine { folded.increment(by: events.count) }
        return events.count
    }

    private func metadata(_ error: any Error) -> Logger.Metadata {
        ["projection": "\(projection.name)", "error": "\(error)"]
    }
}
