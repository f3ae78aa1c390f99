/// In which order the deliveries of one subscription are made.
public enum DeliveryOrdering: String, Sendable, CaseIterable {
    /// In none: a delivery that is retried holds up no other.
    case none
    /// Deliveries with the same ordering key in the order of positions; those without a key in none.
    case byKey = "by_key"
    /// All in the order of positions, one at a time.
    case strict
}

/// What a subscription allows.
struct LaneSettings: Sendable, Equatable {
    /// The most exchanges at a time.
    let concurrency: Int
    /// The most starts per second, on average; nil for no limit.
    let ratePerSecond: Double?
    let ordering: DeliveryOrdering
    /// A lane that is not enabled keeps nothing in memory and starts nothing.
    let isEnabled: Bool

    static let acceptedConcurrency = 1...256
    static let defaultConcurrency = 32
    /// One start in 1000 seconds to more than a node can make.
    static let acceptedRatePerSecond: ClosedRange<Double> = 0.001...100_000

    /// Numbers outside of what is accepted are taken as the nearest that is; who reads a request refuses them before.
    init(
        concurrency: Int = LaneSettings.defaultConcurrency,
        ratePerSecond: Double? = nil,
        ordering: DeliveryOrdering = .none,
        isEnabled: Bool = true
    ) {
        let concurrencies = Self.acceptedConcurrency
        let rates = Self.acceptedRatePerSecond
        self.concurrency = min(max(concurrency, concurrencies.lowerBound), concurrencies.upperBound)
        self.ratePerSecond = ratePerSecond.map { min(max($0, rates.lowerBound), rates.upperBound) }
        self.ordering = ordering
        self.isEnabled = isEnabled
    }
}
