/// A finite double as a whole number times a power of two: `±significand * 2^exponent`, subnormals included.
struct DoubleParts {
    let isNegative: Bool
    /// Below 2^53.
    let significand: UInt64
    /// From -1074 to 971.
    let exponent: Int

    init(_ x: Double) {
        let biased = Int(x.exponentBitPattern)
        isNegative = x.sign == .minus
        if biased == 0 {
            significand = x.significandBitPattern
            exponent = -1_074
        } else {
            significand = x.significandBitPattern | 1 << 52
            exponent = biased - 1_075
        }
    }
}
