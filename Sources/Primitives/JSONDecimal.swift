/// A number of RFC 8259 section 6 as it was written: `±mantissa · 10^exponent`.
struct JSONDecimal {
    var isNegative = false
    /// The digits without leading zeros, up to the nineteenth.
    var mantissa: UInt64 = 0
    var exponent = 0
    /// Whether `mantissa` holds all digits.
    var isExact = true
    /// Whether the number has neither a fraction nor an exponent.
    var isInteger = true

    /// Takes one more digit; where the mantissa is full, only its place is kept.
    @inline(__always)
    mutating func append(_ digit: UInt8) {
        // Eighteen nines and any digit stay below 2^64.
        if mantissa < 1_000_000_000_000_000_000 {
            mantissa = mantissa &* 10 &+ UInt64(digit)
        } else {
            isExact = false
            exponent += 1
        }
    }

    /// The value as a whole number, where it is exactly one that fits: `12`, `-0`, `1e3` and `2.50e1`, not `0.5`.
    var integer: Int64? {
        guard isExact, mantissa != 0 else { return isExact ? 0 : nil }
        var (magnitude, exponent) = (mantissa, exponent)
        while exponent < 0 {
            guard magnitude % 10 == 0 else { return nil }
            magnitude /= 10
            exponent += 1
        }
        while exponent > 0 {
            let (product, overflow) = magnitude.multipliedReportingOverflow(by: 10)
            if overflow { return nil }
            magnitude = product
            exponent -= 1
        }
        guard magnitude <= Int64.min.magnitude else { return nil }
        return isNegative ? Int64(truncatingIfNeeded: 0 &- magnitude) : Int64(exactly: magnitude)
    }

    /// The value as a double, where one multiplication or division by a power of ten that a double holds exactly rounds
    /// once, and so correctly (Clinger, How to Read Floating Point Numbers Accurately, 1990); otherwise nil.
    var double: Double? {
        guard isExact, mantissa <= 1 << 53 else { return nil }
        let magnitude = Double(mantissa)
        if exponent == 0 || mantissa == 0 { return isNegative ? -magnitude : magnitude }
        guard exponent.magnitude < Self.powersOfTen.count else { return nil }
        let power = Self.powersOfTen[Int(exponent.magnitude)]
        let value = exponent < 0 ? magnitude / power : magnitude * power
        return isNegative ? -value : value
    }

    /// 10^0 to 10^22, the powers of ten that are exact in binary64.
    private static let powersOfTen: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ]
}
