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
