public import HooklinePrimitives
public import HooklineStorage
import Metrics

/// The durable outbox of domain events. `enqueue` answers after a durable commit, which concurrent calls share.
///
/// Where the change that an event announces is made in the same database, use `enqueue(_:in:)`: then both are saved, or
/// neither.
public final class Outbox: Sendable {
    public let store: OutboxStore
    private let clock: WallClock
    private let commits: SharedCommits<DomainEvent, [EnqueuedEvent]>

    /// What is announced after a commit.
    public static let enqueued = Channel("hookline_outbox")

    public init(_ database: any Database, clock: WallClock = .system) {
        let store = OutboxStore(database)
        let accepted = Counter(label: "hookline_domain_events_enqueued_total")
        self.store = store
        self.clock = clock
        commits = SharedCommits(
            maximumItemsPerCommit: Self.maximumEventsPerCommit,
            maximumWaitingItems: Self.maximumWaitingEvents,
            overloaded: { OutboxError.overloaded(waitingEvents: $0) },
            commit: { calls in
                let now = clock.now()
                do {
                    let answers = try await Self.retrying {
                        try await database.write { try store.enqueue(calls, at: now, in: $0) }
                    }
                    database.announce(Self.enqueued)
                    accepted.increment(by: answers.reduce(0) { $0 + ((try? $1.get().count { !$0.isDuplicate }) ?? 0) })
                    return answers.map { answer in answer.mapError { $0 } }
                } catch {
                    return calls.map { _ in .failure(error) }
                }
            }
        )
    }

    /// Stores events, in their order, all or none.
    ///
    /// - Throws: `OutboxError`, and `StorageError`. Nothing was stored then, but for `StorageError.unavailable` in the
    ///   middle of a commit, whose outcome nobody knows: enqueue the events again with their ids.
    public func enqueue(_ events: [DomainEvent]) async throws -> [EnqueuedEvent] {
        guard !events.isEmpty else { return [] }
        return try await commits(events)
    }

    /// Stores an event in the caller's transaction. It is delivered if that commits, within about a second; who wants it
    /// sooner calls `announce()` after the commit.
    ///
    /// - Throws: `OutboxError.idReused` and `.invalid`, and `StorageError`.
    @discardableResult
    public func enqueue(_ event: DomainEvent, in transaction: any Transaction) throws -> EnqueuedEvent {
        try store.enqueue(event, at: clock.now(), in: transaction)
    }

    /// Wakes the dispatchers of all nodes.
    public func announce() {
        store.database.announce(Self.enqueued)
    }

    /// Tries again what another node's commit has overtaken.
    private static func retrying<Result>(_ body: () async throws -> Result) async throws -> Result {
        for _ in 1..<maximumAttempts {
            do {
                return try await body()
            } catch StorageError.conflict {
                continue
            }
        }
        return try await body()
    }

    private static let maximumAttempts = 5
    private static let maximumEventsPerCommit = 1000
    private static let maximumWaitingEvents = 20_000
}
