/// How far a statistic may be from 0, however often one looks at it: the boundary of a mixture of normal martingales.
///
/// A standardised mean Z of units that come in one by one stays within
///
///     Z^2 < (1 + r / f) (log(1 + f / r) + 2 log(1 / alpha))
///
/// at all looks together with a probability of at least 1 - alpha, where f is the information so far as a share of what
/// is planned. That holds for f without an end, for any number of looks at any moments, and for a plan that is not kept:
/// the plan only says where the boundary is narrowest.
///
/// H. Robbins, "Statistical Methods Related to the Law of the Iterated Logarithm", Annals of Mathematical Statistics 41
/// (1970), section 3; for means of unknown variance, as the number of units grows, I. Waudby-Smith, D. Arbour, R. Sinha,
/// E. H. Kennedy and A. Ramdas, "Time-Uniform Central Limit Theory and Asymptotic Confidence Sequences" (arXiv 2103.06476),
/// theorem 2.2, where `f / r` is `n rho^2`.
public struct AnytimeBoundary: Sendable, Hashable {
    /// r: the smaller, the earlier the boundary is narrow. At 0.12 it is narrowest at the end of the plan, within a hundredth,
    /// where it is at 3.03 standard errors for an alpha of 0.05.
    public static let mixture = 0.12

    /// What is taken as planned for two arms where nobody has planned: the boundary is within an eighth of the best one from
    /// 1,000 to 100,000 units.
    public static let defaultPlannedUnits: Int64 = 5_000

    /// f: 1 where all that was planned is there; above 0.
    public let information: Double

    /// - Parameter information: What is there as a share of what is planned. Above 0; beyond 1 where more came.
    public init(information: Double) {
        precondition(information > 0 && information < .infinity, "information is above 0")
        self.information = information
    }

    /// The information of two arms, relative to a planned number of units. That of a difference of means grows with the
    /// harmonic mean of the arms.
    /// - Parameters:
    ///   - control: Units in the control arm, at least 1.
    ///   - treatment: Units in the treatment arm, at least 1.
    ///   - planned: How many units both arms are to have in the end, at least 2.
    ///   - controlShare: The control's share of the units of both, above 0 and below 1.
    public init(control: Int64, treatment: Int64, planned: Int64, controlShare: Double) {
        precondition(control > 0 && treatment > 0 && planned > 1, "arms without units have no information")
        precondition(controlShare > 0 && controlShare < 1, "a share is above 0 and below 1")
        let (control, treatment) = (Double(control), Double(treatment))
        let there = control / (control + treatment) * treatment
        self.init(information: there / (Double(planned) * controlShare * (1 - controlShare)))
    }

    private var ratio: Double { information / Self.mixture }

    /// The magnitude from which on Z is significant.
    /// - Parameter alpha: The probability that Z is ever so far from 0 by chance, above 0 and below 1.
    public func criticalValue(alpha: Double) -> Double {
        precondition(alpha > 0 && alpha < 1, "an alpha is above 0 and below 1")
        return ((1 + 1 / ratio) * (ratio.naturalLogarithmOfOnePlus - 2 * alpha.naturalLogarithm)).squareRoot()
    }

    /// The natural logarithm of the p-value of Z, at most 0: the least alpha at which Z is significant. It is below the
    /// logarithm of alpha exactly where the magnitude of Z is beyond the critical value; the chance that it ever is below is
    /// at most alpha.
    public func logPValue(_ z: Double) -> Double {
        Swift.min(0, (ratio.naturalLogarithmOfOnePlus - z * (z * (ratio / (1 + ratio)))) / 2)
    }
}
