public import HooklinePrimitives
public import HooklineStorage
public import Logging
import Metrics
public import ServiceLifecycle

/// Takes events out of the log that are older than it is to be kept, the oldest first, but none that is not folded yet and
/// none that somebody still needs.
///
/// What goes is always the beginning of the log: an event that has to stay keeps all later ones. An event is old when it
/// happened and was received long enough ago, so one that is dated ahead stays as long as its date asks for.
///
/// It holds the positions of the projections while it removes some: nobody reads a past in several steps meanwhile. Any
/// number of nodes may run one each.
public struct EventRetentionWorker: Service {
    private let store: EventStore
    private let milliseconds: Int64
    private let projections: [String]
    private let needed: @Sendable (_ transaction: any Transaction) throws -> NeededEvents
    private let removed: @Sendable (_ through: Int64, _ transaction: any Transaction) throws -> Void
    private let clock: WallClock
    private let logger: Logger
    private let counter = Counter(label: "hookline_events_removed_total")

    /// How many events one transaction removes: few, because the folds wait for it.
    public static let maximumEventsPerStep = 2000
    private static let interval = Duration.seconds(30)

    /// - Parameters:
    ///   - database: with the tables of `EventMigrations`.
    ///   - milliseconds: how long events are kept. Not shorter than the log's deduplication window, whose ids it would
    ///     take away.
    ///   - projections: the names of those that this process folds. One that has not begun has folded nothing.
    ///   - needed: what somebody still needs, asked for in each transaction that removes events.
    ///   - removed: is told, in that transaction, up to which position all events are gone.
    ///   - clock: tells how old an event is.
    ///   - logger: where failures are told.
    public init(
        database: any Database,
        keeping milliseconds: Int64,
        projections: [String],
        needed: @escaping @Sendable (_ transaction: any Transaction) throws -> NeededEvents,
        removed: @escaping @Sendable (_ through: Int64, _ transaction: any Transaction) throws -> Void,
        clock: WallClock = .system,
        logger: Logger
    ) {
        store = EventStore(database)
        self.milliseconds = milliseconds
        // Always in the same order, so that two nodes do not wait for each other.
        self.projections = projections.sorted()
        self.needed = needed
        self.removed = removed
        self.clock = clock
        self.logger = logger
    }

    /// Removes what becomes old until the service is told to stop. A failing database is tried again.
    public func run() async throws {
        await WakeUps(every: Self.interval).work("the removal of old events", logger: logger) { try await removeOld() }
    }

    /// Removes everything that may go now.
    public func removeOld() async throws {
        while try await step() > 0 { try Task.checkCancellation() }
    }

    /// Removes some events, and answers how many: 0 where none may go.
    func step(limit: Int = EventRetentionWorker.maximumEventsPerStep) async throws -> Int {
        let cutoff = clock.now().advanced(byMilliseconds: -milliseconds)
        // Asked outside of the transaction that holds the positions: most of the time nothing is old.
        guard try await store.database.read({ try store.beginsBefore(cutoff, in: $0) }) else { return 0 }
        let count = try await store.database.write { transaction in
            for projection in projections { _ = try store.lockedPosition(of: projection, in: transaction) }
            let folded = try store.lowestPosition(in: transaction) ?? .max
            let needed = try needed(transaction)
            let gone = try store.removeOldest(
                before: min(cutoff, needed.since ?? cutoff),
                upTo: min(folded, needed.after),
                limit: limit,
                in: transaction
            )
            guard let gone else { return 0 }
            try removed(gone.through, transaction)
            return gone.events
        }
        counter.increment(by: count)
        return count
    }
}
