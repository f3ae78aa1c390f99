import HooklineEvents
import HooklinePrimitives
import HooklineStorage
import HooklineWebhooks
import ServiceLifecycle
import Synchronization

/// Waits for the domain events after a position.
struct EventFollower: Sendable {
    let webhooks: Webhooks
    let database: any Database
    /// Empty for all types.
    let types: [Identifier]
    /// The most events of an answer.
    let limit: Int

    /// The next events, as soon as there are some.
    ///
    /// - Parameters:
    ///   - position: the last one that is known.
    ///   - limit: how long to wait. Afterwards, and where the server shuts down, the answer has no events.
    /// - Returns: the events, and the position to go on from.
    func next(
        after position: Int64,
        atMost limit: Duration
    ) async throws -> (events: [DispatchedEvent], next: Int64) {
        let deadline = ContinuousClock.now + limit
        var position = position
        while true {
            // Listened to before the look, so that nothing is missed in between.
            let announcements = database.announcements(of: Webhooks.dispatched)
            let found = try await webhooks.follow(after: position, types: types, limit: self.limit)
            guard found.events.isEmpty else { return found }
            let hasMoved = found.next > position
            position = found.next
            let left = deadline - .now
            guard left > .zero, !Task.isCancelled, !Task.isShuttingDownGracefully else { return ([], position) }
            // Behind a long stretch of other types there may be more at once.
            if !hasMoved { await announcements.waitForOne(atMost: min(left, Self.pollInterval)) }
        }
    }

    private static let pollInterval = Duration.seconds(1)
}

/// Counts who follows events: each holds a connection for long.
final class FollowerGauge: Sendable {
    private let followers = Mutex(0)
    private let maximum: Int

    static let maximumFollowers = 256

    init(maximum: Int = FollowerGauge.maximumFollowers) {
        self.maximum = maximum
    }

    /// - Returns: the place of one more, which is free again when nothing refers to it.
    /// - Throws: `RequestError.overloaded` where all are taken.
    func enter() throws(RequestError) -> Place {
        let isFree = followers.withLock { followers in
            guard followers < maximum else { return false }
            followers += 1
            return true
        }
        guard isFree else { throw .overloaded }
        return Place(gauge: self)
    }

    final class Place: Sendable {
        private let gauge: FollowerGauge

        fileprivate init(gauge: FollowerGauge) {
            self.gauge = gauge
        }

        deinit { gauge.followers.withLock { $0 -= 1 } }
    }
}
