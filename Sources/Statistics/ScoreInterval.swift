/// The interval of the difference of two proportions that inverts the score test.
///
/// It holds the differences D that the test does not reject: with the rates p of greatest likelihood among those that
/// differ by D, `(d - D)^2 <= q^2 V` with `V = p_C (1 - p_C) / n_C + p_T (1 - p_T) / n_T` (R. W. Mee, "Confidence
/// Bounds for the Difference Between Two Probabilities", Biometrics 40, 1984; O. Miettinen and M. Nurminen,
/// "Comparative Analysis of Two Rates", Statistics in Medicine 4, 1985, whose V has a factor N / (N - 1)). Without
/// that factor the test of D = 0 is the z test with the pooled variance, so that the interval and the p-value agree.
struct ScoreInterval {
    let control: Proportion
    let treatment: Proportion
    /// Treatment rate minus control rate.
    let difference: Double

    /// - Parameter critical: q, above 0.
    func interval(critical: Double) -> ConfidenceInterval {
        ConfidenceInterval(
            lower: Swift.max(-1, difference - distance(critical: critical, sign: -1)),
            upper: Swift.min(1, difference + distance(critical: critical, sign: 1))
        )
    }

    /// How far a bound is from the difference.
    ///
    /// The rates of greatest likelihood solve `x_C - n_C p_C = L p_C (1 - p_C)` and `x_T - n_T p_T = -L p_T (1 - p_T)`
    /// with a Lagrange multiplier L. Subtracted, `D - d = L V`; so the bound is where `L * L V` is `q^2`, and no cubic
    /// equation need be solved. `L V` grows with L, since the likelihood is concave.
    private func distance(critical: Double, sign: Double) -> Double {
        let (lesser, greater) = sign > 0 ? (control, treatment) : (treatment, control)
        // Nothing is further apart than 0 and 1.
        if lesser.conversions == 0, greater.conversions == greater.units { return 0 }
        let target = critical * critical
        let isShort = { (multiplier: Multiplier) in
            multiplier.value * multiplier.value * variance(multiplier, sign: sign) < target
        }
        var base = 0.0
        for units in edges(sign: sign) where isShort(Multiplier(base: units, offset: 0)) {
            base = Swift.max(base, units)
        }
        var (low, high) = (0.0, target)
        while isShort(Multiplier(base: base, offset: high)) {
            low = high
            high *= 2
        }
        while true {
            let middle = low + (high - low) / 2
            guard middle > low, middle < high else { break }
            if isShort(Multiplier(base: base, offset: middle)) { low = middle } else { high = middle }
        }
        let multiplier = Multiplier(base: base, offset: high)
        return multiplier.value * variance(multiplier, sign: sign)
    }

    /// The magnitude of L as a sum. A rate of no conversions stays at 0 until L is as great as its units, and is from
    /// there on `offset / value`, which a single number would not hold.
    private struct Multiplier {
        let base: Double
        let offset: Double

        var value: Double { base + offset }
    }

    /// Where a rate leaves 0 or 1.
    private func edges(sign: Double) -> [Double] {
        let leavesZero = sign > 0 ? treatment : control
        let leavesOne = sign > 0 ? control : treatment
        return [
            leavesZero.conversions == 0 ? Double(leavesZero.units) : nil,
            leavesOne.conversions == leavesOne.units ? Double(leavesOne.units) : nil,
        ].compactMap { $0 }
    }

    /// V at a multiplier.
    private func variance(_ multiplier: Multiplier, sign: Double) -> Double {
        Self.variance(control, multiplier, sign: sign) + Self.variance(treatment, multiplier, sign: -sign)
    }

    private static func variance(_ arm: Proportion, _ multiplier: Multiplier, sign: Double) -> Double {
        let (conversions, rest) = (Double(arm.conversions), Double(arm.units - arm.conversions))
        let rate = rate(conversions, rest, multiplier, sign: sign)
        return rate * self.rate(rest, conversions, multiplier, sign: -sign) / (conversions + rest)
    }

    /// The p in `0...1` with `x - n p = L p (1 - p)`, for x conversions and `n - x` others; the one of the greater
    /// likelihood. It is the root of `L p^2 - (n + L) p + x`, without the cancellation of either form.
    private static func rate(_ conversions: Double, _ rest: Double, _ multiplier: Multiplier, sign: Double) -> Double {
        let units = conversions + rest
        let value = sign * multiplier.value
        let linear = (units + sign * multiplier.base) + sign * multiplier.offset
        let discriminant =
            value < 0
            ? linear * linear - 4 * value * conversions
            : (units - value) * (units - value) + 4 * value * rest
        let root = discriminant.squareRoot()
        return linear > 0 ? 2 * conversions / (linear + root) : (linear - root) / (2 * value)
    }
}
