/// An exact quotient of two exact numbers, so that means, ratios and their differences are rounded only once.
///
/// It is not reduced: equal fractions need not have equal parts.
struct ExactFraction: Sendable, Hashable {
    let numerator: WideNumber
    /// Above 0.
    let denominator: WideNumber

    static let zero = ExactFraction(.zero, over: WideNumber(1))

    init(_ numerator: WideNumber, over denominator: WideNumber) {
        precondition(!denominator.isZero && !denominator.isNegative, "the denominator of a fraction is above 0")
        self.numerator = numerator
        self.denominator = denominator
    }

    var isZero: Bool { numerator.isZero }

    /// The value, ready to be rounded once.
    var rounded: BinaryRounding { numerator.divided(by: denominator) }

    static func + (left: ExactFraction, right: ExactFraction) -> ExactFraction {
        if left.isZero { return right }
        if right.isZero { return left }
        let numerator = left.numerator * right.denominator + right.numerator * left.denominator
        return ExactFraction(numerator, over: left.denominator * right.denominator)
    }

    static func - (left: ExactFraction, right: ExactFraction) -> ExactFraction {
        left + ExactFraction(-right.numerator, over: right.denominator)
    }

    static func * (factor: WideNumber, fraction: ExactFraction) -> ExactFraction {
        ExactFraction(factor * fraction.numerator, over: fraction.denominator)
    }

    /// The quotient of two fractions, ready to be rounded once; the divisor is above 0.
    func divided(by divisor: ExactFraction) -> BinaryRounding {
        (numerator * divisor.denominator).divided(by: denominator * divisor.numerator)
    }
}
