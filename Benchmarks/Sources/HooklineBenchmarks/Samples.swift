/// Durations of the same thing done many times.
struct Samples {
    private var nanoseconds: [Int64] = []

    mutating func add(_ sample: Int64) { nanoseconds.append(sample) }
    mutating func add(_ samples: Samples) { nanoseconds += samples.nanoseconds }

    var count: Int { nanoseconds.count }

    /// The smallest sample that this share of all does not pass, in microseconds; 0 where there is none.
    func microseconds(quantile: Double) -> Double {
        guard !nanoseconds.isEmpty else { return 0 }
        let sorted = nanoseconds.sorted()
        let index = Int((Double(sorted.count) * quantile).rounded(.up)) - 1
        return Double(sorted[min(max(index, 0), sorted.count - 1)]) / 1000
    }

    var median: Double { microseconds(quantile: 0.5) }
    var p99: Double { microseconds(quantile: 0.99) }
}
