/// The chi-squared distribution.
///
/// Relative errors are below 1e-11 for tails down to 1e-300 and degrees of freedom from 1 to 1e12. NaN gives NaN.
public struct ChiSquared: Sendable, Hashable {
    public let degreesOfFreedom: Double

    private let gamma: IncompleteGamma

    /// - Parameter degreesOfFreedom: Above 0 and finite.
    public init(degreesOfFreedom: Double) {
        precondition(degreesOfFreedom > 0 && degreesOfFreedom.isFinite, "degrees of freedom must be above 0 and finite")
        self.degreesOfFreedom = degreesOfFreedom
        gamma = IncompleteGamma(degreesOfFreedom / 2)
    }

    /// The probability of a value above x; 1 for x of at most 0.
    public func survival(_ x: Double) -> Double {
        gamma.tails(x / 2).upper
    }

    /// The natural logarithm of the survival function, also where that underflows.
    public func logSurvival(_ x: Double) -> Double {
        gamma.tails(x / 2).logUpper
    }

    /// The probability of a value of at most x.
    public func cdf(_ x: Double) -> Double {
        gamma.tails(x / 2).lower
    }

    /// The value below which a probability lies; infinite for 1, NaN outside of `0...1`.
    public func quantile(_ probability: Double) -> Double {
        guard probability >= 0, probability <= 1 else { return .nan }
        return quantile(lower: probability, upper: 1 - probability)
    }

    /// The value above which a probability lies: the critical value of a test, also for the smallest tails.
    public func upperQuantile(_ probability: Double) -> Double {
        guard probability >= 0, probability <= 1 else { return .nan }
        return quantile(lower: 1 - probability, upper: probability)
    }

    /// Newton's method on the logarithm of the smaller tail, from the approximation of Wilson and Hilferty (1931).
    /// The lower tail is close to a power of x, so its steps are in `log x`; the upper one close to an
    /// exponential, so its steps are in x.
    private func quantile(lower: Double, upper: Double) -> Double {
        if lower == 0 { return 0 }
        if upper == 0 { return .infinity }
        let isLower = lower < upper
        var x = start(lower: lower, upper: upper)
        let logTarget = (isLower ? lower : upper).naturalLogarithm
        for _ in 0..<Self.maximumSteps {
            let tails = gamma.tails(x)
            let logDensity = gamma.logDensity(x)
            let next: Double
            if isLower {
                let slope = (logDensity - tails.logLower).exponential * x
                next = x * ((logTarget - tails.logLower) / slope).exponential
            } else {
                let slope = (logDensity - tails.logUpper).exponential
                next = x + (tails.logUpper - logTarget) / slope
            }
            let bounded = Swift.min(Swift.max(next, x / 16), x * 16)
            let isDone = (bounded - x).magnitude <= Self.finalStep * x
            x = bounded
            if isDone { break }
        }
        return 2 * x
    }

    /// Half of an approximate quantile.
    private func start(lower: Double, upper: Double) -> Double {
        let a = gamma.shape
        let z = lower < upper ? Normal.quantile(lower) : -Normal.quantile(upper)
        let root = 1 - 1 / (9 * a) + z / (3 * a.squareRoot())
        let cube = a * root * root * root
        // Far down the lower tail the probability is x^a / Gamma(a + 1).
        let power = ((lower.naturalLogarithm - gamma.logDensityFactor) / a).exponential
        return lower < upper && (root < 0.3 || cube < power) ? power : Swift.max(cube, 1e-3 * a)
    }

    /// The relative size of a step after which the next one would be lost in rounding: the error is about its square.
    private static let finalStep = 3e-9

    private static let maximumSteps = 100
}
