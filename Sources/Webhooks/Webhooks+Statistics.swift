import HooklineEvents
public import HooklinePrimitives
import HooklineStorage

/// How deliveries went, in all.
public struct WebhookStatistics: Sendable, Equatable {
    public let totalSubscriptions: Int
    public let activeSubscriptions: Int
    /// Successful, failed and pending together. Deliveries that were removed by the retention are counted too.
    public let totalDeliveries: Int64
    public let successfulDeliveries: Int64
    public let failedDeliveries: Int64
    public let pendingDeliveries: Int64
    /// Events that are durable and have no deliveries yet.
    public let waitingEvents: Int64

    /// Percent of all deliveries that succeeded; nil where there are none.
    public var successRate: Double? {
        totalDeliveries == 0 ? nil : 100 * Double(successfulDeliveries) / Double(totalDeliveries)
    }
}

/// How the deliveries to one subscription went.
public struct SubscriptionStatistics: Sendable, Equatable {
    public let successful: Int64
    public let failed: Int64
    public let pending: Int64
    public let attempts: Int64
    /// Since when every attempt fails; nil where the last one succeeded.
    public let failingSince: Timestamp?
    /// Of the last attempts, `Webhooks.measuredAttempts` at most: how long they took, in milliseconds.
    public let latency: LatencyQuantiles?

    public var total: Int64 { successful + failed + pending }
    public var successRate: Double? { total == 0 ? nil : 100 * Double(successful) / Double(total) }
}

/// Sample quantiles by the nearest-rank definition: the value at rank ceil(p n).
public struct LatencyQuantiles: Sendable, Equatable {
    public let attempts: Int
    public let p50: Double
    public let p90: Double
    public let p95: Double
    public let p99: Double
    public let maximum: Double

    /// - Returns: nil where there is no attempt.
    init?(microseconds: [Int64]) {
        let sorted = microseconds.sorted()
        guard let last = sorted.last else { return nil }
        func quantile(_ percent: Int) -> Double {
            let rank = (percent * sorted.count + 99) / 100
            return Double(sorted[max(rank, 1) - 1]) / 1000
        }
        attempts = sorted.count
        p50 = quantile(50)
        p90 = quantile(90)
        p95 = quantile(95)
        p99 = quantile(99)
        maximum = Double(last) / 1000
    }
}

/// What did not arrive at a subscription, and why.
public struct Undelivered: Sendable, Equatable {
    /// Deliveries that wait: for their turn, their next attempt, the receiver, or the subscription to be enabled.
    public let pending: Int64
    /// Deliveries that are no longer tried.
    public let failed: Int64
    /// How many of those failed for which reason, the most frequent first.
    public let reasons: [(reason: String, count: Int64)]
    /// Why nothing is sent now, where that is so.
    public let hold: String?

    public static func == (left: Undelivered, right: Undelivered) -> Bool {
        left.pending == right.pending && left.failed == right.failed && left.hold == right.hold
            && left.reasons.elementsEqual(right.reasons, by: ==)
    }
}

extension Webhooks {
    /// The attempts that quantiles are taken of.
    public static let measuredAttempts = 1000

    /// Counted exactly, at a cost that grows with what is pending.
    public func statistics() async throws -> WebhookStatistics {
        try await database.read { transaction in
            let subscriptions = try subscriptionStore.counts(in: transaction)
            let tallies = try deliveries.tallies(in: transaction)
            let pending = try deliveries.pendingCount(in: transaction)
            return WebhookStatistics(
                totalSubscriptions: subscriptions.total,
                activeSubscriptions: subscriptions.active,
                totalDeliveries: tallies.succeeded + tallies.failed + pending,
                successfulDeliveries: tallies.succeeded,
                failedDeliveries: tallies.failed,
                pendingDeliveries: pending,
                waitingEvents: try outbox.store.waiting(in: transaction)
            )
        }
    }

    /// - Throws: `WebhookError.unknownSubscription`.
    public func statistics(of id: Identifier) async throws -> SubscriptionStatistics {
        try await database.read { transaction in
            let number = try subscriptionStore.get(id, in: transaction).number
            let tallies = try deliveries.tallies(of: number, in: transaction)
            let durations = try deliveries.recentDurations(of: number, limit: Self.measuredAttempts, in: transaction)
            return SubscriptionStatistics(
                successful: tallies.succeeded,
                failed: tallies.failed,
                pending: try deliveries.pendingCount(of: number, in: transaction),
                attempts: tallies.attempts,
                failingSince: tallies.failingSince,
                latency: LatencyQuantiles(microseconds: durations.map(\.microseconds))
            )
        }
    }

    /// What did not arrive, exactly; the deliveries themselves are in `deliveries(_:)`.
    ///
    /// - Throws: `WebhookError.unknownSubscription`.
    public func undelivered(of id: Identifier) async throws -> Undelivered {
        try await database.read { transaction in
            let stored = try subscriptionStore.get(id, in: transaction)
            let reasons = try deliveries.failureReasons(of: stored.number, in: transaction)
            return Undelivered(
                pending: try deliveries.pendingCount(of: stored.number, in: transaction),
                failed: reasons.reduce(0) { $0 + $1.count },
                reasons: reasons,
                hold: try hold(of: stored, in: transaction)?.sentence
            )
        }
    }
}
