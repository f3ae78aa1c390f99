/// The regularised incomplete gamma functions of one shape, P(a, x) and Q(a, x), with their logarithms.
///
/// The common factor `x^a exp(-x) / Gamma(a + 1)` comes from Loader's deviance and Stirling error, so that nothing
/// cancels for any shape. What multiplies it is a series below the mean and a continued fraction above it (NIST DLMF
/// 8.11.4 and 8.9.2), or, for shapes at which those take many terms, a Gauss-Legendre rule over the part of the
/// integrand that counts. The tail on the other side of the mean is 1 minus that.
struct IncompleteGamma: Sendable, Hashable {
    let shape: Double

    private let stirlingError: Double

    init(_ shape: Double) {
        self.shape = shape
        stirlingError = GammaSeries.stirlingError(shape)
    }

    struct Tails {
        var lower: Double
        var upper: Double
        var logLower: Double
        var logUpper: Double

        static let none = Tails(lower: 0, upper: 1, logLower: -.infinity, logUpper: 0)
        static let all = Tails(lower: 1, upper: 0, logLower: 0, logUpper: -.infinity)
        static let nan = Tails(lower: .nan, upper: .nan, logLower: .nan, logUpper: .nan)
    }

    func tails(_ x: Double) -> Tails {
        if x.isNaN { return .nan }
        guard x > 0 else { return .none }
        guard x < .infinity else { return .all }
        let logFactor = logFactor(x)
        let isLower: Bool
        let multiplier: Double
        if shape <= Self.greatestIteratedShape {
            isLower = x < shape + 1
            multiplier = isLower ? series(x) : shape * continuedFraction(x)
        } else {
            isLower = x < shape
            multiplier = shape / x * (isLower ? lowerQuadrature(x) : upperQuadrature(x))
        }
        let value = logFactor.exponential * multiplier
        let logarithm = logFactor + multiplier.naturalLogarithm
        let complement = 1 - value
        let logComplement = (-value).naturalLogarithmOfOnePlus
        return isLower
            ? Tails(lower: value, upper: complement, logLower: logarithm, logUpper: logComplement)
            : Tails(lower: complement, upper: value, logLower: logComplement, logUpper: logarithm)
    }

    /// The logarithm of the density of the gamma distribution.
    func logDensity(_ x: Double) -> Double {
        logFactor(x) + (shape / x).naturalLogarithm
    }

    /// `-log Gamma(a + 1)`.
    var logDensityFactor: Double {
        shape - shape * shape.naturalLogarithm - stirlingError - 0.5 * (2 * Double.pi * shape).naturalLogarithm
    }

    /// `log(x^a exp(-x) / Gamma(a + 1))`.
    private func logFactor(_ x: Double) -> Double {
        -shape * GammaSeries.deviation(of: x, from: shape) - stirlingError
            - 0.5 * (2 * Double.pi * shape).naturalLogarithm
    }

    /// Up to here a series or continued fraction takes fewer steps than a quadrature has nodes.
    private static let greatestIteratedShape = 40.0
}

extension IncompleteGamma {
    /// `1 + x / (a + 1) + x^2 / ((a + 1) (a + 2)) + ...`
    private func series(_ x: Double) -> Double {
        var term = 1.0
        var total = 1.0
        var denominator = shape
        while term > total * 1e-17 {
            denominator += 1
            term *= x / denominator
            total += term
        }
        return total
    }

    /// `Gamma(a, x) / (x^a exp(-x))` by the modified Lentz algorithm (Press et al., *Numerical Recipes*, section 6.2).
    private func continuedFraction(_ x: Double) -> Double {
        var b = x + 1 - shape
        var c = Double.greatestFiniteMagnitude
        var d = 1 / b
        var fraction = d
        var i = 1.0
        while i < Self.maximumSteps {
            let a = -i * (i - shape)
            b += 2
            d = 1 / (a * d + b)
            c = b + a / c
            let change = c * d
            fraction *= change
            if (change - 1).magnitude < 2e-16 { break }
            i += 1
        }
        return fraction
    }

    /// The integral of `exp(-v + (a - 1) log(1 + v / x))` over `v > 0`, for x of at least a.
    private func upperQuadrature(_ x: Double) -> Double {
        let slope = (x - (shape - 1)) / x
        let exponent = { (v: Double) in slope * v + (shape - 1) * GammaSeries.logDeviation(v / x) }
        var end = Self.reach(slope: slope, curvature: (shape - 1) / (x * x))
        while exponent(end) < Self.negligibleExponent { end *= 1.2 }
        return QuadratureRules.integral(from: 0, to: end) { (-exponent($0)).exponential }
    }

    /// The integral of `exp(v + (a - 1) log(1 - v / x))` over `0 < v < x`, for x below a.
    private func lowerQuadrature(_ x: Double) -> Double {
        let slope = (shape - 1 - x) / x
        let end = Swift.min(Self.reach(slope: Swift.max(0, slope), curvature: (shape - 1) / (x * x)), x)
        return QuadratureRules.integral(from: 0, to: end) {
            (-slope * $0 - (shape - 1) * GammaSeries.logDeviation(-$0 / x)).exponential
        }
    }

    /// Where `slope * v + curvature * v^2 / 2` reaches the negligible exponent.
    private static func reach(slope: Double, curvature: Double) -> Double {
        2 * negligibleExponent / (slope + (slope * slope + 2 * curvature * negligibleExponent).squareRoot())
    }

    /// What an integrand that starts at 1 has fallen to when it is left out: exp(-40).
    private static let negligibleExponent = 40.0

    private static let maximumSteps = 10_000.0
}
