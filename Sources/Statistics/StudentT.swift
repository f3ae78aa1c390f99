/// Student's t distribution.
///
/// Relative errors are below 1e-11 for tails down to 1e-300 and degrees of freedom from 0.01 to 1e15; below that the
/// accuracy declines gracefully. NaN gives NaN. A value costs about half a microsecond.
///
/// With `s = log(1 + t^2 / nu)` the two-sided tail is
///
///     p = 2 Gamma((nu + 1) / 2) / (sqrt(pi) nu Gamma(nu / 2)) * exp(-c) *
///         integral over y > 0 of exp(-y) / sqrt(1 - exp(-(s + 2 y / nu))),   c = nu s / 2,
///
/// which is the incomplete beta integral (NIST DLMF 8.17.1) after the substitution `x = exp(-s)`. Its logarithm cancels
/// nowhere, whatever nu. The integral is smooth from c = 1.5 on, and a Gauss-Laguerre rule gives it to the last digits.
public struct StudentT: Sendable, Hashable {
    public let degreesOfFreedom: Double

    /// The factor before `exp(-c)`.
    private let tailFactor: Double

    /// - Parameter degreesOfFreedom: Above 0; beyond 1e30 the distribution is the normal one.
    public init(degreesOfFreedom: Double) {
        precondition(degreesOfFreedom > 0, "degrees of freedom must be above 0")
        self.degreesOfFreedom = degreesOfFreedom
        tailFactor = 2 * GammaSeries.halfStepRatio(degreesOfFreedom / 2) / (Double.pi.squareRoot() * degreesOfFreedom)
    }

    private var isNormal: Bool { degreesOfFreedom > 1e30 }

    /// The probability of a value above t.
    public func survival(_ t: Double) -> Double {
        let half = twoSidedP(t) / 2
        return t < 0 ? 1 - half : half
    }

    /// The natural logarithm of the survival function.
    public func logSurvival(_ t: Double) -> Double {
        guard t < 0 else { return logTwoSidedP(t) - Double.ln2 }
        return (-twoSidedP(t) / 2).naturalLogarithmOfOnePlus
    }

    /// The probability of a value of at most t.
    public func cdf(_ t: Double) -> Double {
        survival(-t)
    }

    /// The probability of a value at least as far from 0 as t: the two-sided p-value.
    public func twoSidedP(_ t: Double) -> Double {
        if isNormal { return t == 0 ? 1 : 2 * Normal.survival(t.magnitude) }
        return tail(logRatio(t)).value
    }

    /// The natural logarithm of ``twoSidedP(_:)``, also where that underflows.
    public func logTwoSidedP(_ t: Double) -> Double {
        if isNormal { return t == 0 ? 0 : Normal.logSurvival(t.magnitude) + Double.ln2 }
        return tail(logRatio(t)).logarithm
    }

    /// `log(1 + t^2 / nu)`, also where the square overflows.
    private func logRatio(_ t: Double) -> Double {
        let root = t.magnitude / degreesOfFreedom.squareRoot()
        guard root < 1e150 else { return 2 * t.magnitude.naturalLogarithm - degreesOfFreedom.naturalLogarithm }
        return (t * t / degreesOfFreedom).naturalLogarithmOfOnePlus
    }
}

extension StudentT {
    /// The two-sided tail at `s = log(1 + t^2 / nu)`, and what is inside of it, which near the center is the smaller.
    func tail(_ s: Double) -> (value: Double, logarithm: Double, central: Double) {
        let exponent = degreesOfFreedom * s / 2
        if s.isNaN { return (.nan, .nan, .nan) }
        if exponent == .infinity { return (0, -.infinity, 1) }
        guard exponent >= Normal.smallestTailExponent else {
            let central = centralProbability(s)
            return (1 - central, (-central).naturalLogarithmOfOnePlus, central)
        }
        let scaled = tailFactor * quadrature(s)
        let value = scaled * (-exponent).exponential
        return (value, scaled.naturalLogarithm - exponent, 1 - value)
    }

    private func quadrature(_ s: Double) -> Double {
        let step = 2 / degreesOfFreedom
        var total = 0.0
        for node in QuadratureRules.laguerre {
            total += node.weight / (-(-(s + step * node.x)).exponentialMinusOne).squareRoot()
        }
        return total
    }

    /// `P(|T| < t)` near the center, by the Gauss-Legendre rule in `z = sqrt(nu s)`, in which the density is
    /// `exp(-z^2 / 2) * sqrt(s / (1 - exp(-s)))` times a constant: close to the normal one for any nu.
    private func centralProbability(_ s: Double) -> Double {
        guard s > 0 else { return 0 }
        let end = (degreesOfFreedom * s).squareRoot()
        return QuadratureRules.integral(from: 0, to: end) { centralDensity($0) }
    }

    /// The density of `|T|` in z; twice that of T.
    private func centralDensity(_ z: Double) -> Double {
        centralFactor * (-z * z / 2).exponential * Self.rootRatio(z * z / degreesOfFreedom)
    }

    private var centralFactor: Double { tailFactor * degreesOfFreedom.squareRoot() }

    /// `sqrt(s / (1 - exp(-s)))`.
    private static func rootRatio(_ s: Double) -> Double {
        s < 1e-300 ? 1 : (s / -(-s).exponentialMinusOne).squareRoot()
    }
}

extension StudentT {
    /// The value below which a probability lies; infinite for 0 and 1, NaN outside of `0...1`.
    ///
    /// For probabilities near 1 use the symmetry, `quantile(p) == -quantile(1 - p)`, with the small tail as the argument.
    public func quantile(_ probability: Double) -> Double {
        guard probability >= 0, probability <= 1 else { return .nan }
        // Both differences are exact where they matter (Sterbenz).
        let tail = Swift.min(probability, 1 - probability)
        let magnitude = magnitude(twoSided: 2 * tail, central: 1 - 2 * tail)
        return probability < 0.5 ? -magnitude : magnitude
    }

    /// The magnitude that is reached with a probability of `p` on both sides together: the critical value of a test.
    public func twoSidedQuantile(_ p: Double) -> Double {
        guard p >= 0, p <= 1 else { return .nan }
        return magnitude(twoSided: p, central: 1 - p)
    }

    /// Newton's method in z, where the logarithm of the tail is concave and close to the normal one's for any nu.
    private func magnitude(twoSided: Double, central: Double) -> Double {
        if twoSided == 0 { return .infinity }
        if central == 0 { return 0 }
        if isNormal { return -Normal.quantile(twoSided / 2) }
        var z = -Normal.quantile(twoSided / 2)
        let logTarget = twoSided.naturalLogarithm
        for _ in 0..<Self.maximumSteps {
            let (value, logarithm, inside) = tail(z * z / degreesOfFreedom)
            let step: Double
            if central < 0.5 {
                step = (central - inside) / centralDensity(z)
            } else {
                // The ratio of density and tail, by logarithms where both underflow.
                let hazard = value > 1e-290 ? centralDensity(z) / value : logHazard(z, logTail: logarithm)
                step = (logarithm - logTarget) / hazard
            }
            let next = Swift.max(z / 8, z + step)
            let isDone = (next - z).magnitude <= Self.finalStep * z
            z = next
            if isDone { break }
        }
        let s = z * z / degreesOfFreedom
        return degreesOfFreedom.squareRoot() * (s / 2).exponential * (-(-s).exponentialMinusOne).squareRoot()
    }

    private func logHazard(_ z: Double, logTail: Double) -> Double {
        let s = z * z / degreesOfFreedom
        return centralFactor * Self.rootRatio(s) * (-z * z / 2 - logTail).exponential
    }

    /// The relative size of a step after which the next one would be lost in rounding: the error is about its square.
    private static let finalStep = 3e-9

    /// Four or five steps are enough; the rest is for degrees of freedom far below 1.
    private static let maximumSteps = 40
}
