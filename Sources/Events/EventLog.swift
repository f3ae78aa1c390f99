public import HooklinePrimitives
public import HooklineStorage
import Metrics

/// The durable log of engagement events. `append` answers after a durable commit, which concurrent calls share: on
/// PostgreSQL the lock that keeps positions in commit order is taken once for many requests.
public final class EventLog: Sendable {
    private let commits: SharedCommits<EngagementEvent, AppendResult>

    /// What is announced after a commit.
    public static let appended = Channel("hookline_events")

    public init(
        _ database: any Database,
        configuration: EventLogConfiguration = EventLogConfiguration(),
        clock: WallClock = .system
    ) {
        let committer = EventLogCommitter(
            store: EventStore(database),
            clock: clock,
            windowMilliseconds: configuration.deduplicationWindowMilliseconds
        )
        commits = SharedCommits(
            maximumItemsPerCommit: configuration.maximumEventsPerCommit,
            maximumWaitingItems: configuration.maximumWaitingEvents,
            overloaded: { EventLogError.overloaded(waitingEvents: $0) },
            commit: { await committer.commit($0) }
        )
    }

    /// Stores events, in their order, all or none.
    ///
    /// An event whose id was stored within the deduplication window, or stands earlier in the same call, is counted as a
    /// duplicate and not stored again.
    ///
    /// - Throws: `EventLogError.overloaded` where too much waits already, and `StorageError`. Nothing was stored then,
    ///   but for `StorageError.unavailable` in the middle of a commit, whose outcome nobody knows: send the events again
    ///   with their ids.
    public func append(_ events: [EngagementEvent]) async throws -> AppendResult {
        guard !events.isEmpty else { return AppendResult(accepted: 0, duplicates: 0, position: nil) }
        return try await commits(events)
    }
}

/// Stores the events of several calls in one transaction.
private struct EventLogCommitter: Sendable {
    let store: EventStore
    let clock: WallClock
    let windowMilliseconds: Int64
    let accepted = Counter(label: "hookline_events_accepted_total")
    let duplicates = Counter(label: "hookline_events_duplicate_total")
    let commits = Counter(label: "hookline_events_commits_total")

    func commit(_ requests: [[EngagementEvent]]) async -> [Result<AppendResult, any Error>] {
        let receivedAt = clock.now()
        do {
            let results = try await store.append(
                requests,
                receivedAt: receivedAt,
                uniqueSince: receivedAt.advanced(byMilliseconds: -windowMilliseconds)
            )
            commits.increment()
            accepted.increment(by: results.reduce(0) { $0 + $1.accepted })
            duplicates.increment(by: results.reduce(0) { $0 + $1.duplicates })
            store.database.announce(EventLog.appended)
            return results.map { .success($0) }
        } catch {
            return requests.map { _ in .failure(error) }
        }
    }
}

/// Settings of the log.
public struct EventLogConfiguration: Sendable {
    /// How long an id is remembered.
    public var deduplicationWindowMilliseconds: Int64
    /// The most events that one commit takes, unless one call brings more.
    public var maximumEventsPerCommit: Int
    /// The most events that wait for a commit; more are refused.
    public var maximumWaitingEvents: Int

    public static let defaultMaximumEventsPerCommit = 4000

    public init(
        deduplicationWindowMilliseconds: Int64 = 7 * 86_400_000,
        maximumEventsPerCommit: Int = EventLogConfiguration.defaultMaximumEventsPerCommit,
        maximumWaitingEvents: Int = 100_000
    ) {
        self.deduplicationWindowMilliseconds = deduplicationWindowMilliseconds
        self.maximumEventsPerCommit = maximumEventsPerCommit
        self.maximumWaitingEvents = maximumWaitingEvents
    }
}

/// What became of the events of one call.
public struct AppendResult: Sendable, Equatable {
    /// Events stored by this call.
    public let accepted: Int
    /// Events whose id was stored before.
    public let duplicates: Int
    /// The log position that covers this call: a projection that has folded up to it has seen these events.
    public let position: Int64?

    public init(accepted: Int, duplicates: Int, position: Int64?) {
        self.accepted = accepted
        self.duplicates = duplicates
        self.position = position
    }
}

public enum EventLogError: Error, Equatable {
    /// More events wait for the disk than the log holds. Try again later.
    case overloaded(waitingEvents: Int)
}
