/// Whether units were assigned to arms in the ratio that was set, by a test that may be looked at any number of times.
///
/// M. Lindon and A. Malek, "Anytime-Valid Inference for Multinomial Count Data", NeurIPS 2022 (arXiv 2011.03567). With
/// the expected shares `theta` and a Dirichlet prior of parameters `k theta` for what the shares may be instead, the
/// Bayes factor of n units is
///
///     Gamma(k) / Gamma(k + n) * product over the arms of Gamma(k theta_i + n_i) / (Gamma(k theta_i) theta_i^n_i).
///
/// Where the ratio is as expected, it is a martingale that starts at 1, and by Ville's inequality the probability that
/// it ever reaches `1 / a` is at most a. It depends on the counts alone, not on the order in which units came, so a
/// look needs no memory of those before.
public struct SequentialSampleRatioTest: Sendable, Hashable {
    /// k: how many units the prior weighs as.
    ///
    /// It makes the test strongest where the deviation is about as large as the prior's own,
    /// `sqrt(theta (1 - theta) / (k + 1))`: 1.6 percentage points for equal shares of two arms, of the order of the
    /// mismatches that experiments have. Any k is valid, and it changes the power little. At a level of 0.001, with 500
    /// units a day, a share of 52 % instead of 50 % is found after a median of 22 days with 100 or 1,000 and of 30 with
    /// 10,000; one of 55 % after 4, 5 and 10.
    public static let concentration = 1_000.0

    /// The natural logarithm of the Bayes factor of a mismatch against the expected ratio.
    public let logBayesFactor: Double
    /// `min(1, 1 / Bayes factor)`: the p-value of this look. A rule that stops at the first look at which it is at most
    /// a errs with a probability of at most a, whenever and however often one looks.
    ///
    /// It may rise again from one look to the next. The least one of all looks so far is a p-value as well, of the same
    /// validity; who wants one that never rises keeps that. Never 0: below the smallest normal double it stays at
    /// `Double.leastNormalMagnitude`, and ``log10PValue`` tells the rest.
    public let pValue: Double
    /// The decimal logarithm of the p-value.
    public let log10PValue: Double

    /// - Parameters:
    ///   - observed: How many units each arm has so far, 0 or more; not all 0.
    ///   - weights: In what ratio they should be, as whole numbers of buckets above 0, out of any total. They are the
    ///     same at every look. ``SampleRatioTest/armsWithWeight(observed:weights:)`` leaves out arms of weight 0.
    public init(observed: [Int64], weights: [Int]) throws(SampleRatioTest.Refusal) {
        let (units, buckets) = try SampleRatioTest.totals(observed: observed, weights: weights)
        let prior = Self.concentration
        let posterior = prior + Double(units)
        var deviance = 0.0
        var correction = (Double(units) / prior).naturalLogarithmOfOnePlus / 2
        correction += GammaSeries.stirlingError(prior) - GammaSeries.stirlingError(posterior)
        // By Stirling's formula with its error, log Gamma(x) = (x - 1/2) log x - x + log(2 pi) / 2 + error(x). What is
        // large, the sum of m log(m / e) over the arms, with the posterior's m = k theta + n and e = (k + N) theta, is
        // a sum of deviations that are not negative, since both add up to k + N.
        for (count, weight) in zip(observed, weights) {
            let share = Double(weight) / Double(buckets)
            let (own, expected) = (prior * share + Double(count), posterior * share)
            // e - m is (N w - n W) / W, of which the numerator is a whole number of at most 127 bits.
            let excess = Double(Int128(units) * Int128(weight) - Int128(count) * Int128(buckets)) / Double(buckets)
            deviance += own * Self.deviation(excess / own, ratio: expected / own)
            correction -= (Double(count) / (prior * share)).naturalLogarithmOfOnePlus / 2
            correction += GammaSeries.stirlingError(own) - GammaSeries.stirlingError(prior * share)
        }
        logBayesFactor = deviance + correction
        let logarithm = Swift.min(0, -logBayesFactor)
        (pValue, log10PValue) = PValue.reported(logarithm.exponential, logarithm: logarithm)
    }

    /// `u - log(1 + u)`, where `1 + u` is known as well.
    private static func deviation(_ u: Double, ratio: Double) -> Double {
        // Near -1 the rounding of u would be all that is left of 1 + u.
        u > -0.5 ? GammaSeries.logDeviation(u) : u - ratio.naturalLogarithm
    }
}
