/// How many exchanges a lane may have at a time: few at first, one more with each success, half where the receiver does
/// not keep up. With successes only, the number doubles in the time of one exchange.
struct ConcurrencyRamp: Sendable, Equatable {
    private(set) var allowed: Int

    /// For a receiver that nothing is known of.
    static let initial = 4
    /// After an outage.
    static let afterOutage = 1

    init() {
        allowed = Self.initial
    }

    mutating func succeeded(maximum: Int) { allowed = min(maximum, allowed + 1) }

    mutating func congested() { allowed = max(1, allowed / 2) }

    mutating func restart() { allowed = Self.afterOutage }
}
