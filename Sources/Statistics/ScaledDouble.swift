/// A double with an exponent that cannot overflow: `significand * 2^exponent`.
///
/// Variances are squares: those of values below 1e-154 would underflow as doubles, and their ratios would be lost.
/// Each operation rounds as a double does.
struct ScaledDouble: Sendable, Hashable {
    /// 0, or a magnitude in `[1, 2)`.
    let significand: Double
    let exponent: Int

    static let zero = ScaledDouble(significand: 0, exponent: 0)

    init(significand: Double, exponent: Int) {
        guard significand != 0 else {
            self.significand = 0
            self.exponent = 0
            return
        }
        let shift = Int(significand.exponent)
        self.significand = Double(sign: .plus, exponent: -shift, significand: significand)
        self.exponent = exponent + shift
    }

    var isZero: Bool { significand == 0 }

    /// The value as a double; subnormal, zero or infinite where the exponent is out of its range.
    var double: Double {
        // Beyond these bounds every significand gives zero or infinity, and the exponent would not fit its type.
        Double(sign: .plus, exponent: Swift.max(-4_000, Swift.min(4_000, exponent)), significand: significand)
    }

    var squareRoot: ScaledDouble {
        let odd = exponent & 1
        let radicand = odd == 1 ? 2 * significand : significand
        return ScaledDouble(significand: radicand.squareRoot(), exponent: (exponent - odd) / 2)
    }

    static func + (left: ScaledDouble, right: ScaledDouble) -> ScaledDouble {
        if left.isZero { return right }
        if right.isZero { return left }
        let (large, small) = left.exponent >= right.exponent ? (left, right) : (right, left)
        let gap = large.exponent - small.exponent
        guard gap < 128 else { return large }
        let aligned = Double(sign: .plus, exponent: -gap, significand: small.significand)
        return ScaledDouble(significand: large.significand + aligned, exponent: large.exponent)
    }

    static func * (left: ScaledDouble, right: Double) -> ScaledDouble {
        ScaledDouble(significand: left.significand * right, exponent: left.exponent)
    }

    static func * (left: ScaledDouble, right: ScaledDouble) -> ScaledDouble {
        ScaledDouble(significand: left.significand * right.significand, exponent: left.exponent + right.exponent)
    }

    static func / (left: ScaledDouble, right: ScaledDouble) -> ScaledDouble {
        ScaledDouble(significand: left.significand / right.significand, exponent: left.exponent - right.exponent)
    }
}
