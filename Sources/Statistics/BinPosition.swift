/// Where a quantile lies: in which bin, and how far into it.
struct BinPosition: Sendable, Hashable {
    let bin: LogBin
    /// The share of the bin's values that is counted as below, from 0 to 1.
    let fraction: Double

    var value: Double { bin.value(at: fraction) }
}
