/// The logarithm of the odds of a rate that has a beta distribution.
///
/// Places are distances w from the mode, where the odds are a / b: rates whose posteriors are narrow differ in the last
/// digits only, their distances do not. With `n = a + b` and `x = a / n` the density is
/// `sqrt(a b / (2 pi n)) * exp(error(n) - error(a) - error(b) - n psi(w))`, where `psi(w) = log(1 + x (e^w - 1)) - x w`
/// and error is that of Stirling's formula (as in C. Loader, "Fast and Accurate Computation of Binomial Probabilities",
/// 2000). It is log-concave for any a and b, and so are both tails.
struct LogitBeta {
    let a: Double
    let b: Double

    private let logPeak: Double

    /// - Parameters: a and b are above 0.
    init(a: Double, b: Double) {
        self.a = a
        self.b = b
        let n = a + b
        let errors = GammaSeries.stirlingError(n) - GammaSeries.stirlingError(a) - GammaSeries.stirlingError(b)
        logPeak = (a / n * b / (2 * Double.pi)).naturalLogarithm / 2 + errors
    }

    /// The logarithm of the odds at the mode.
    var mode: Double { a.naturalLogarithm - b.naturalLogarithm }

    /// The width of the density at its mode, as a standard deviation.
    var width: Double { 1 / (a / (a + b) * b).squareRoot() }

    /// How far this mode is above another.
    func distance(above other: LogitBeta) -> Double {
        // a b' - a' b without cancellation: each product with its rounding.
        let product = other.a * b
        let rest = (-product).addingProduct(other.a, b)
        let difference = (-product).addingProduct(a, other.b) - rest
        let ratio = difference / product
        return ratio.magnitude < 0.5 ? ratio.naturalLogarithmOfOnePlus : mode - other.mode
    }

    func logDensity(_ w: Double) -> Double {
        logPeak - exponent(w)
    }

    /// The logarithm of `x (1 - x)` for the rate x at a place: what a step of the place changes the rate by.
    func logSlope(_ w: Double) -> Double {
        let odds = mode + w
        return -odds.magnitude - 2 * (-odds.magnitude).exponential.naturalLogarithmOfOnePlus
    }

    /// The logarithm of the probability of a place below w.
    func logLower(_ w: Double) -> Double {
        w <= 0
            ? logTail(w, approximatedFrom: Self.greatestExponent)
            : Self.logComplement(mirrored.logTail(-w, approximatedFrom: Self.invisibleExponent))
    }

    /// The logarithm of the probability of a place above w.
    func logUpper(_ w: Double) -> Double {
        mirrored.logLower(-w)
    }

    /// How far from a place of at most 0 the density falls below it by the negligible exponent, to the left.
    func reach(from w: Double = 0) -> Double {
        let exponents = LogConcave.negligibleExponent
        let (start, slope) = (exponent(w), slope(w))
        let guess = 2 * exponents / (slope + (slope * slope + 2 * exponents / (width * width)).squareRoot())
        return LogConcave.reach(start: 1.1 * guess) { exponent(w - $0) - start }
    }

    /// How fast the logarithm of the density rises at a place of at most 0: `n (x - X)` with the rate X there.
    private func slope(_ w: Double) -> Double {
        let n = a + b
        return a * (b / n) * -w.exponentialMinusOne / (b / n + a / n * w.exponential)
    }

    var mirrored: LogitBeta { LogitBeta(mirroring: self) }

    private init(mirroring other: LogitBeta) {
        (a, b, logPeak) = (other.b, other.a, other.logPeak)
    }

    /// The lower tail at a place of at most 0: the density times the integral of what it falls by to the left.
    ///
    /// From an exponent on that the caller names, the integral is taken as that of an exponential.
    private func logTail(_ w: Double, approximatedFrom limit: Double) -> Double {
        let start = exponent(w)
        guard start < .infinity else { return -.infinity }
        guard start < limit else { return logPeak - start - slope(w).naturalLogarithm }
        let end = reach(from: w)
        var total = 0.0
        var (from, length) = (0.0, Self.greatestPanel)
        while from < end {
            let to = Swift.min(end, from + length)
            total += QuadratureRules.integral(from: from, to: to) { (start - exponent(w - $0)).exponential }
            // The function has poles at the odds of ±i pi, which are within 11 of the mode where they matter. From
            // there on it is exponential.
            if to >= 2 * Self.greatestPanel { length *= 2 }
            from = to
        }
        return logPeak - start + total.naturalLogarithm
    }

    /// Panels of this length are resolved by the Gauss-Legendre rule wherever the poles are.
    static let greatestPanel = 8.0

    /// A tail so far out is 0 in every result, and its exponent has lost the digits that the integral is made of.
    private static let greatestExponent = 1e4

    /// 1 minus a tail from here on is 1.
    private static let invisibleExponent = 60.0

    /// `log(1 - e^l)` for l of at most 0.
    private static func logComplement(_ logarithm: Double) -> Double {
        logarithm < -Double.ln2
            ? (-logarithm.exponential).naturalLogarithmOfOnePlus
            : Swift.max(-logarithm.exponentialMinusOne, .leastNormalMagnitude).naturalLogarithm
    }
}

extension LogitBeta {
    /// `n psi(w)`.
    private func exponent(_ w: Double) -> Double {
        let n = a + b
        // psi is the same for 1 - x and -w; the smaller share does not cancel.
        return a <= b ? n * Self.psi(w, share: a / n) : n * Self.psi(-w, share: b / n)
    }

    /// `log(1 + x (e^w - 1)) - x w` for x of at most one half.
    private static func psi(_ w: Double, share: Double) -> Double {
        guard w < 700 else { return (1 - share) * w + share.naturalLogarithm }
        let growth = w.exponentialMinusOne
        let change = share * growth
        guard change < 1 else { return change.naturalLogarithmOfOnePlus - share * w }
        // e^w - 1 - w
        let deviation = growth.magnitude < 0.5 ? GammaSeries.logDeviation(growth) : growth - w
        return share * deviation - GammaSeries.logDeviation(change)
    }
}
