/// The noncentral t distribution: that of `(X + delta) / S`, where X is standard normal and `nu S^2` is chi-squared
/// with nu degrees of freedom.
struct NoncentralT: Sendable, Hashable {
    let degreesOfFreedom: Double
    let noncentrality: Double

    /// The probability of a value above t, with an error below 1e-12.
    ///
    /// By the definition it is the expectation of `Q(t S - delta)`. The logarithm of S has a density in proportion to
    /// `exp(nu (u - exp(2 u) / 2))`, which with all of its derivatives vanishes at both ends: the trapezoidal rule
    /// converges exponentially (L. N. Trefethen and J. A. C. Weideman, "The Exponentially Convergent Trapezoidal Rule",
    /// SIAM Review 56, 2014).
    func survival(_ t: Double) -> Double {
        let nu = degreesOfFreedom
        let step = Swift.min(0.4 / (2 * nu).squareRoot(), 0.5 / (4 + noncentrality.magnitude))
        var (total, weights) = (0.0, 0.0)
        for direction in [-1.0, 1] {
            var index = direction < 0 ? 0.0 : 1
            while true {
                let u = direction * index * step
                let logWeight = nu * (u - (2 * u).exponentialMinusOne / 2)
                guard logWeight > Self.leastLogWeight else { break }
                let weight = logWeight.exponential
                weights += weight
                total += weight * Normal.survival(t * u.exponential - noncentrality)
                index += 1
            }
        }
        return total / weights
    }

    /// Relative to the greatest.
    private static let leastLogWeight = -42.0
}
