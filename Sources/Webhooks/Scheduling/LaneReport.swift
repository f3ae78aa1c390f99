import HooklinePrimitives

/// How a lane stands, for metrics and for people who ask why nothing is delivered.
struct LaneReport: Sendable, Equatable {
    let queued: Int
    let inFlight: Int
    /// Ended, and not durably noted yet.
    let unsettled: Int
    let breaker: CircuitBreaker.State
    /// How many exchanges the lane may have at a time now.
    let allowedConcurrency: Int
    /// Starts that the rate allows at once; nil for no limit.
    let tokens: Double?
    /// When the store has, or may have, something due that is not in memory.
    let storedDue: Timestamp?
    /// Ordering keys whose first delivery waits for its next attempt.
    let blockedKeys: Int
    /// Ordering keys that stay in the store until what is in memory of them is done.
    let excludedKeys: Int
    let isSlow: Bool
}

extension DeliveryScheduler {
    /// Nil where there is no lane for the subscription.
    mutating func report(_ subscription: Int64, now: Timestamp) -> LaneReport? {
        guard let index = lanes.index(of: subscription), !lanes[index].isRemoved else { return nil }
        refreshSlow(index, now: now)
        _ = lanes[index].bucket?.wait(now: now)
        let lane = lanes[index]
        return LaneReport(
            queued: lane.queued,
            inFlight: lane.inFlight,
            unsettled: lane.unsettled,
            breaker: lane.breaker.state,
            allowedConcurrency: lane.allowedConcurrency,
            tokens: lane.bucket?.tokens,
            storedDue: lane.storedDue,
            blockedKeys: lane.ordered?.blockedCount ?? 0,
            excludedKeys: lane.ordered?.excludedCount ?? 0,
            isSlow: lane.isSlow
        )
    }

    /// When the delivery started that is in flight; nil where it is not.
    func inFlight(_ key: DeliveryKey) -> Timestamp? {
        guard let slot = table.slot(of: key), table[slot].state == .inFlight else { return nil }
        return table[slot].startedAt
    }
}
