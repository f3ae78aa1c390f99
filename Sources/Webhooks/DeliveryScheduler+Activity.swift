import HooklinePrimitives

extension DeliveryScheduler {
    /// Whether an exchange is under way, or its outcome not durable.
    var isBusy: Bool { inFlight > 0 || unsettled > 0 }

    /// The subscriptions of which that can be said.
    var busySubscriptions: [Int64] {
        lanes.subscriptions.filter { subscription in
            lanes.index(of: subscription).map { !lanes[$0].isIdle } ?? false
        }
    }
}

extension DeliveryScheduler {
    /// The rows that are worth reading in full: not those that are known, nor those for which an unordered lane has no room
    /// and which stay in the store. `offer` decides about the others.
    mutating func sift(_ rows: [DueRow], from source: DeliverySource) -> [DueRow] {
        var taken: [Int: Int] = [:]
        return rows.filter { row in
            guard row.isPending, table.slot(of: row.key) == nil, !settledInFeeds.contains(row.key),
                let index = lanes.index(of: row.key.subscription), lanes[index].isActive
            else { return false }
            guard lanes[index].ordered == nil, !lanes[index].isDraining else { return true }
            let room =
                switch source {
                case .tail: limits.maximumFreshPerLane - lanes[index].unordered.fresh.count
                case .store: limits.maximumStoredPerLane - lanes[index].unordered.stored.count
                }
            guard taken[index, default: 0] < room else {
                noteStored(index, at: row.nextAttemptAt)
                return false
            }
            taken[index, default: 0] += 1
            return true
        }
    }
}

extension LaneReport {
    /// What keeps the lane from starting anything now; nil where nothing does.
    var holdSentence: String? {
        switch breaker {
        case .open(let moment):
            return "the breaker is open after failures; the next attempt is a probe, at \(moment) or later"
        case .probing: return "the breaker is half open: one attempt is under way to see whether the receiver is back"
        case .closed: break
        }
        if let tokens, tokens < 1 { return "the rate limit of the subscription is used up" }
        if inFlight >= allowedConcurrency {
            return "\(inFlight) attempts are under way, as many as the subscription may have now"
        }
        if blockedKeys > 0 { return "an earlier delivery of the same order waits for its next attempt" }
        return nil
    }
}
