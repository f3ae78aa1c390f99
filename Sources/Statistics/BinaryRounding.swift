/// A number of which the leading 64 bits are known, and whether anything follows them: enough to round it once.
///
/// The number is `±(significand + fraction) * 2^(exponent - 63)` with a fraction in `[0, 1)`, which is 0 exactly
/// where `isInexact` is false. The highest bit of the significand is set, or the number is zero.
struct BinaryRounding: Sendable, Hashable {
    var isNegative: Bool
    var significand: UInt64
    var isInexact: Bool
    /// The exponent of the highest bit.
    var exponent: Int

    static let zero = BinaryRounding(isNegative: false, significand: 0, isInexact: false, exponent: 0)

    /// The nearest double, half to even; subnormal and infinite where it must be. Zero is never negative.
    var double: Double {
        guard significand != 0 else { return 0 }
        let subnormalBits = Swift.max(0, -1022 - exponent)
        guard subnormalBits <= 53 else { return 0 }
        let rounded = Self.round(significand, isInexact: isInexact, dropping: 11 + subnormalBits)
        guard rounded != 0 else { return 0 }
        let scaled = Double(sign: .plus, exponent: exponent - 52 + subnormalBits, significand: Double(rounded))
        return isNegative ? -scaled : scaled
    }

    /// The nearest double without a limit of the exponent.
    var scaled: ScaledDouble {
        let rounded = Double(Self.round(significand, isInexact: isInexact, dropping: 11))
        return ScaledDouble(significand: isNegative ? -rounded : rounded, exponent: exponent - 52)
    }

    /// `significand / 2^count`, half to even. The count is at most 64.
    private static func round(_ significand: UInt64, isInexact: Bool, dropping count: Int) -> UInt64 {
        let kept = significand >> UInt64(count)
        let half: UInt64 = 1 << UInt64(count - 1)
        let dropped = significand & (half | (half - 1))
        let roundsUp = dropped > half || (dropped == half && (isInexact || kept & 1 == 1))
        return roundsUp ? kept + 1 : kept
    }
}
