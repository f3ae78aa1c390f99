import HooklinePrimitives

/// Limits the starts of a lane to a rate.
///
/// It holds tokens for up to one second, at least one, and starts full: within any span of s seconds at most
/// rate * s + max(1, rate) deliveries start.
struct TokenBucket: Sendable, Equatable {
    let ratePerSecond: Double
    private(set) var tokens: Double
    private var updatedAt: Timestamp?

    var burst: Double { max(1, ratePerSecond) }

    init(ratePerSecond: Double) {
        self.ratePerSecond = ratePerSecond
        tokens = max(1, ratePerSecond)
    }

    /// Nil where a delivery may start now, or else when one may.
    mutating func wait(now: Timestamp) -> Timestamp? {
        if let updatedAt, now > updatedAt {
            let elapsed = Double(now.milliseconds - updatedAt.milliseconds)
            tokens = min(burst, tokens + elapsed * ratePerSecond / 1000)
        }
        updatedAt = max(updatedAt ?? now, now)
        // A sum of shares that should be 1 can be a little less.
        guard tokens < 1 - Self.tolerance else { return nil }
        let milliseconds = ((1 - tokens) * 1000 / ratePerSecond - Self.tolerance).rounded(.up)
        return now.advanced(byMilliseconds: max(1, Int64(milliseconds)))
    }

    mutating func take() { tokens = max(0, tokens - 1) }

    mutating func giveBack() { tokens = min(burst, tokens + 1) }

    private static let tolerance = 1e-9
}
