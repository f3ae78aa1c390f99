/// What the distributions need of the gamma function, without the cancellation of differences of its logarithms.
enum GammaSeries {
    /// From here on the asymptotic series below are exact to a double; smaller arguments are shifted up.
    private static let asymptoticStart = 16.0

    /// `Gamma(a + 1/2) / Gamma(a)` for a > 0.
    ///
    /// The asymptotic series of its logarithm (from Stirling's, NIST DLMF 5.11.8, by the Bernoulli polynomials at 1/2).
    static func halfStepRatio(_ a: Double) -> Double {
        var shifted = a
        var factor = 1.0
        while shifted < asymptoticStart {
            factor *= shifted / (shifted + 0.5)
            shifted += 1
        }
        let w = 1 / (shifted * shifted)
        let series =
            -1.0 / 8 + w
            * (1.0 / 192 + w * (-1.0 / 640 + w * (17.0 / 14_336 + w * (-31.0 / 18_432 + w * 691 / 180_224))))
        return factor * shifted.squareRoot() * (series / shifted).exponential
    }

    /// The error of Stirling's formula: `log Gamma(a + 1) - (a + 1/2) log a + a - log(2 pi) / 2`, for a > 0.
    ///
    /// C. Loader, "Fast and Accurate Computation of Binomial Probabilities" (2000).
    static func stirlingError(_ a: Double) -> Double {
        var shifted = a
        var correction = 0.0
        while shifted < asymptoticStart {
            correction += (shifted + 0.5) * (1 / shifted).naturalLogarithmOfOnePlus - 1
            shifted += 1
        }
        let w = 1 / (shifted * shifted)
        let series =
            1.0 / 12 - w * (1.0 / 360 - w * (1.0 / 1_260 - w * (1.0 / 1_680 - w * (1.0 / 1_188 - w * 691 / 360_360))))
        return correction + series / shifted
    }

    /// `u - log(1 + u)` for u > -1, to full relative accuracy also near 0, where the difference cancels.
    ///
    /// By `log(1 + u) = 2 artanh(u / (2 + u))`, as in Loader's deviance.
    static func logDeviation(_ u: Double) -> Double {
        guard u > -0.35, u < 0.55 else { return u - u.naturalLogarithmOfOnePlus }
        let r = u / (2 + u)
        let square = r * r
        var term = square
        var series = 1.0 / 3 * square
        var k = 5.0
        while true {
            term *= square
            let next = series + term / k
            if next == series { break }
            series = next
            k += 2
        }
        return r * (u - 2 * series)
    }

    /// `x log(x / a) + a - x` divided by a: the deviation of x from a, `u - log(1 + u)` with `u = x / a - 1`, for x > 0.
    static func deviation(of x: Double, from a: Double) -> Double {
        let u = (x - a) / a
        // Near -1 the rounding of u would be all that is left of 1 + u.
        guard u > -0.5 else { return u - (x / a).naturalLogarithm }
        return logDeviation(u)
    }
}
