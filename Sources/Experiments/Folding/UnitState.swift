import HooklinePrimitives

/// What is known of one unit: independent of the order in which its events arrived.
struct UnitState: Equatable {
    /// Its first exposure to the variant that is its own.
    struct Exposure: Equatable {
        /// The index of the variant.
        let variant: Int
        let at: Timestamp
        /// For each dimension, the number of the slice that the exposure falls into.
        let slices: [Int]
    }

    /// The indexes of the variants that it was shown, in their order. More than one, and it is left out of all.
    private(set) var shown: [Int] = []
    private(set) var exposure: Exposure?
    /// By the number of the measure. Those of metrics that were added later may be missing.
    var values: [MeasureValue] = []
    /// In how many metrics the unit stands. One that was added later may not have come to it yet.
    private(set) var metrics = 0

    init() {}

    init(shown: [Int], exposure: Exposure?, values: [MeasureValue], metrics: Int) {
        self.shown = shown
        self.exposure = exposure
        self.values = values
        self.metrics = metrics
    }

    /// Whether it takes part in the comparison.
    var isCounted: Bool { exposure != nil && shown.count == 1 }

    /// Notes that it was shown a variant.
    mutating func wasShown(_ variant: Int) {
        guard !shown.contains(variant) else { return }
        shown.append(variant)
        shown.sort()
        if shown.count > 1 { (values, metrics) = ([], 0) }
    }

    /// Notes an exposure to its own variant that is earlier than any known.
    mutating func wasExposed(_ exposure: Exposure) {
        self.exposure = exposure
        (values, metrics) = ([], 0)
    }

    /// Notes what all measures of a plan have come to.
    mutating func wasMeasured(_ values: [MeasureValue], by plan: MeasurementPlan) {
        self.values = values
        metrics = plan.metrics.count
    }
}

/// Days in UTC, counted from 1970-01-01.
enum Day {
    static let milliseconds: Int64 = 86_400_000

    static func of(_ moment: Timestamp) -> Int {
        let (quotient, remainder) = moment.milliseconds.quotientAndRemainder(dividingBy: milliseconds)
        return Int(remainder < 0 ? quotient - 1 : quotient)
    }

    /// The first moment after a day.
    static func end(_ day: Int) -> Timestamp { Timestamp(milliseconds: Int64(day + 1) * milliseconds) }
}
