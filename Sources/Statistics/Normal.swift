/// The standard normal distribution.
///
/// Relative errors are below 1e-13 wherever the result is a normal double. NaN gives NaN.
public enum Normal {
    /// The probability of a value of at most z.
    public static func cdf(_ z: Double) -> Double {
        survival(-z)
    }

    /// The probability of a value above z; underflows to 0 from z = 38.5 on, where ``logSurvival(_:)`` goes on.
    public static func survival(_ z: Double) -> Double {
        if z * z >= 2 * smallestTailExponent, z > 0 {
            return logSurvival(z).exponential
        }
        return 0.5 * (z * 0.5.squareRoot()).complementaryErrorFunction
    }

    /// The natural logarithm of the survival function, for any z.
    ///
    /// In the tail the Gauss-Laguerre rule of `Q(z) = exp(-c) / (2 sqrt(pi)) * integral of exp(-y) / sqrt(c + y)` over
    /// `y > 0` with `c = z^2 / 2` (the definition, NIST DLMF 7.2.2, after the substitution `y = t^2 / 2 - c`).
    public static func logSurvival(_ z: Double) -> Double {
        if z.isNaN { return z }
        if z < 0 { return (-survival(-z)).naturalLogarithmOfOnePlus }
        let exponent = z * z / 2
        guard exponent >= smallestTailExponent else { return survival(z).naturalLogarithm }
        guard exponent < .infinity else { return -.infinity }
        var total = 0.0
        for node in QuadratureRules.laguerre {
            total += node.weight / (exponent + node.x).squareRoot()
        }
        return (total / (2 * Double.pi.squareRoot())).naturalLogarithm - exponent
    }

    /// The density.
    public static func density(_ z: Double) -> Double {
        (-z * z / 2).exponential / (2 * Double.pi).squareRoot()
    }

    /// The value below which a probability lies; infinite for 0 and 1, NaN outside of `0...1`.
    ///
    /// For probabilities near 1 use the symmetry: `quantile(p) == -quantile(1 - p)`, with the small tail as the argument.
    public static func quantile(_ probability: Double) -> Double {
        guard probability >= 0, probability <= 1 else { return .nan }
        if probability == 0 { return -.infinity }
        if probability == 1 { return .infinity }
        if probability == 0.5 { return 0 }
        // 1 - p is exact for p above one half (Sterbenz), so the tail is known as well as the argument.
        let tail = Swift.min(probability, 1 - probability)
        let magnitude = -wichura(probability, tail: tail)
        return probability < 0.5 ? -refined(magnitude, tail: tail) : refined(magnitude, tail: tail)
    }

    /// How far from 0 a value must be for a two-sided tail of this natural logarithm, also where the tail has no double.
    static func magnitude(logTwoSidedP logarithm: Double) -> Double {
        let half = logarithm - Double.ln2
        if logarithm > -690 { return -quantile(half.exponential) }
        // The leading term of the tail is exp(-z^2 / 2); Newton's method on its logarithm finds the rest.
        var z = (-2 * half).squareRoot()
        for _ in 0..<4 {
            let logTail = logSurvival(z)
            let hazard = (-z * z / 2 - 0.5 * (2 * Double.pi).naturalLogarithm - logTail).exponential
            z += (logTail - half) / hazard
        }
        return z
    }

    /// From here on (p below 0.04) the quadrature of the tail holds every digit.
    static let smallestTailExponent = 1.5

    /// One Newton step on the logarithm of the survival function.
    private static func refined(_ z: Double, tail: Double) -> Double {
        if z * z < 2 * smallestTailExponent {
            let excess = survival(z) - tail
            return z + excess / density(z)
        }
        let logTail = logSurvival(z)
        let slope = -(-z * z / 2 - 0.5 * (2 * Double.pi).naturalLogarithm - logTail).exponential
        return z - (logTail - tail.naturalLogarithm) / slope
    }

    /// M. J. Wichura, "Algorithm AS 241: The Percentage Points of the Normal Distribution", Applied Statistics 37
    /// (1988), PPND16: the quantile of the lower of the two tails, negative.
    private static func wichura(_ probability: Double, tail: Double) -> Double {
        let q = tail - 0.5
        if q.magnitude <= 0.425 {
            let r = 0.180625 - q * q
            return q * ratio(r, Wichura.centralNumerator, Wichura.centralDenominator)
        }
        let r = (-tail.naturalLogarithm).squareRoot()
        if r <= 5 {
            return -ratio(r - 1.6, Wichura.middleNumerator, Wichura.middleDenominator)
        }
        return -ratio(r - 5, Wichura.farNumerator, Wichura.farDenominator)
    }

    private static func ratio(_ r: Double, _ numerator: [Double], _ denominator: [Double]) -> Double {
        let value = { (coefficients: [Double]) in coefficients.reversed().reduce(0) { $0 * r + $1 } }
        return value(numerator) / value(denominator)
    }
}
