public import HooklinePrimitives
public import HooklineStorage
import Metrics
import Synchronization

/// The durable log of engagement events. `append` answers after a durable commit, which concurrent calls share.
///
/// One call at a time leads: it commits its own events together with those that wait, answers them, and hands the lead
/// to the first that arrived meanwhile. So there is no background task, a slow disk makes bigger commits rather than
/// a longer queue, and on PostgreSQL the lock that keeps positions in commit order is taken once for many requests.
public final class EventLog: Sendable {
    private let store: EventStore
    private let clock: WallClock
    private let configuration: EventLogConfiguration
    private let queue = Mutex(CommitQueue())
    private let accepted = Counter(label: "hookline_events_accepted_total")
    private let duplicates = Counter(label: "hookline_events_duplicate_total")
    private let commits = Counter(label: "hookline_events_commits_total")

    /// What is announced after a commit.
    public static let appended = Channel("hookline_events")

    public init(
        _ database: any Database,
        configuration: EventLogConfiguration = EventLogConfiguration(),
        clock: WallClock = .system
    ) {
        store = EventStore(database)
        self.configuration = configuration
        self.clock = clock
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
        let turn = await withCheckedContinuation { continuation in
            let immediate = queue.withLock { queue in
                queue.arrive(events, continuation, maximumWaitingEvents: configuration.maximumWaitingEvents)
            }
            if let immediate { continuation.resume(returning: immediate) }
        }
        switch turn {
        case .answered(let answer): return try answer.get()
        case .lead: return try await lead(events).get()
        }
    }

    /// Commits these events with those that wait, and passes the lead on.
    private func lead(_ events: [EngagementEvent]) async -> Result<AppendResult, any Error> {
        let followers = queue.withLock {
            $0.takeFollowers(room: configuration.maximumEventsPerCommit - events.count)
        }
        let answers = await commit([events] + followers.map(\.events))
        for (follower, answer) in zip(followers, answers.dropFirst()) {
            follower.continuation.resume(returning: .answered(answer))
        }
        if let next = queue.withLock({ $0.nextLeader() }) { next.resume(returning: .lead) }
        return answers[0]
    }

    private func commit(_ requests: [[EngagementEvent]]) async -> [Result<AppendResult, any Error>] {
        let receivedAt = clock.now()
        let window = configuration.deduplicationWindowMilliseconds
        do {
            let results = try await store.append(
                requests,
                receivedAt: receivedAt,
                uniqueSince: receivedAt.advanced(byMilliseconds: -window)
            )
            commits.increment()
            accepted.increment(by: results.reduce(0) { $0 + $1.accepted })
            duplicates.increment(by: results.reduce(0) { $0 + $1.duplicates })
            store.database.announce(Self.appended)
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
