/// The adjustment of an experiment's estimates by a covariate that was measured before it: CUPED.
///
/// A. Deng, Y. Xu, R. Kohavi and T. Walker, "Improving the Sensitivity of Online Controlled Experiments by Utilizing
/// Pre-Experiment Data", WSDM 2013. An assignment at random cannot depend on x, so `z = y - theta (x - mean of x)`
/// estimates the same means as y, with the share `rho^2` of the variance taken away.
///
/// - theta is pooled over all arms: `sum_a S_yx,a / sum_a S_xx,a`, with the sums `S` of centred products within each
///   arm, so that an effect on y changes nothing. It is the slope of the least squares of y on x with a level per arm.
/// - The mean of x is that of all units of all arms, so that an adjusted mean stays on the scale of y. It cancels in
///   differences.
/// - A ratio of totals is adjusted by its linearised units `L = (y - R d) / (D / n)`, with the R and D of their arm:
///   theta is `sum_a S_Lx,a / sum_a S_xx,a`, and the estimate `R - theta (mean of x in the arm - mean of x)`.
///
/// All of it is exact, with two exceptions: theta is rounded once (an exact theta would add bits, and no information),
/// and each result, where it is read. For the rounded theta the adjusted mean and its variance are exact.
///
/// A test keeps n - 1 degrees of freedom per arm, as if theta were known, as in the paper: its estimate costs one of
/// all arms together.
///
/// A lift is relative to the *adjusted* mean of the control, of which its interval counts the variance: so it excludes
/// 0 exactly where the p-value is below the level. (GrowthBook's gbstats divides by the unadjusted mean, because it
/// does not centre x, and its adjusted mean is no mean of y.) The mean of x is taken as fixed; what it varies adds to
/// the adjusted mean of every arm alike, and to a lift r only in the order of r^2.
public struct CovariateAdjustment: Sendable, Hashable {
    /// What is taken off per unit of x, at most the greatest double in magnitude; nil where no arm has a covariate that
    /// varies, and there is no adjustment: ``adjust(_:)-method`` then returns the arm's own summary.
    public let theta: Double?
    /// The mean of x over all units, correctly rounded; nil where there is none.
    public let covariateMean: Double?

    /// Theta without a limit of the exponent.
    private let exactTheta: WideNumber
    private let exactCovariateMean: ExactFraction

    /// - Parameter arms: all arms of the experiment, with a covariate, and of the same shape.
    public init(over arms: [JointMoments]) {
        self.init(over: arms, arms.map(LinearizedArm.init))
    }

    private init(over arms: [JointMoments], _ linearized: [LinearizedArm?]) {
        var (crossDeviation, covariateDeviation) = (ExactFraction.zero, ExactFraction.zero)
        var (covariates, count) = (ExactSum(), WideNumber.zero)
        for (arm, linearized) in zip(arms, linearized) {
            precondition(arm.shape == arms[0].shape, "moments of different shapes")
            covariates.add(Self.covariates(of: arm))
            count = count + WideNumber(arm.count)
            // An arm without a ratio has no linearised units, so that it tells nothing of theta.
            guard !arm.isEmpty, let linearized else { continue }
            crossDeviation = crossDeviation + linearized.crossDeviation
            covariateDeviation = covariateDeviation + linearized.covariateDeviation
        }
        exactCovariateMean = count.isZero ? .zero : ExactFraction(WideNumber(covariates), over: count)
        covariateMean = count.isZero ? nil : exactCovariateMean.rounded.double
        guard !covariateDeviation.isZero else {
            exactTheta = .zero
            theta = nil
            return
        }
        let quotient = crossDeviation.divided(by: covariateDeviation).scaled
        exactTheta = WideNumber(quotient)
        let greatest = Double.greatestFiniteMagnitude
        theta = Swift.max(-greatest, Swift.min(greatest, quotient.double))
    }

    /// What an arm comes to with the covariate.
    public struct Adjusted: ExactArm, Hashable {
        /// The summary of the arm as it is.
        public let measured: ArmSummary
        /// The summary of the arm, adjusted; that of the arm as it is where there is no ``theta``.
        public let summary: ArmSummary
        /// `1 - adjusted variance / unadjusted variance` of the arm's estimate, rounded once: 0.75 means as precise as
        /// four times the units. At most 1, and negative where theta, which is that of all arms, fits this one badly;
        /// nil where the unadjusted variance is missing or 0; 0 where there is no adjustment.
        public let varianceReduction: Double?
    }

    /// The adjustment over some arms, and each of them adjusted: what ``init(over:)`` and ``adjust(_:)`` come to, but
    /// quicker.
    public static func adjust(_ arms: [JointMoments]) -> (adjustment: CovariateAdjustment, arms: [Adjusted]) {
        let linearized = arms.map(LinearizedArm.init)
        let adjustment = CovariateAdjustment(over: arms, linearized)
        return (adjustment, zip(arms, linearized).map { adjustment.adjust($0, $1) })
    }

    /// - Parameter arm: One of those that the adjustment was made over. A gap of its own summary stays.
    public func adjust(_ arm: JointMoments) -> Adjusted {
        adjust(arm, LinearizedArm(arm))
    }

    private func adjust(_ arm: JointMoments, _ linearized: LinearizedArm?) -> Adjusted {
        let measured = arm.summary(linearized)
        guard !arm.isEmpty, let linearized else {
            return Adjusted(measured: measured, summary: measured, varianceReduction: nil)
        }
        let unadjusted = linearized.varianceOfEstimate
        guard !exactTheta.isZero else {
            let hasVariance = unadjusted.map { !$0.isZero } ?? false
            return Adjusted(measured: measured, summary: measured, varianceReduction: hasVariance ? 0 : nil)
        }
        let covariates = Self.covariates(of: arm)
        let excess = ExactFraction(WideNumber(covariates), over: WideNumber(arm.count)) - exactCovariateMean
        let adjusted = unadjusted.flatMap { variance(of: linearized, unadjusted: $0) }
        return Adjusted(
            measured: measured,
            summary: ArmSummary(
                n: arm.count,
                mean: linearized.estimate - exactTheta * excess,
                varianceOfMean: adjusted,
                hasOnlyZeros: arm.hasOnlyZeros
            ),
            varianceReduction: reduction(from: unadjusted, to: adjusted)
        )
    }

    /// Theta is off by up to 2^-53 of itself, which leaves up to 2^-106 of the variance where the covariate explains all of
    /// it. What is not more than four times that is no variance: without this, a test would find rounding significant.
    private func variance(of arm: LinearizedArm, unadjusted: ExactFraction) -> ExactFraction? {
        guard let adjusted = arm.varianceOfEstimate(theta: exactTheta) else { return nil }
        // Both have the same denominator.
        let excess = WideNumber(finite: 0x1p104) * adjusted.numerator - unadjusted.numerator
        return excess.isNegative || excess.isZero ? .zero : adjusted
    }

    private func reduction(from unadjusted: ExactFraction?, to adjusted: ExactFraction?) -> Double? {
        guard let unadjusted, let adjusted, !unadjusted.isZero else { return nil }
        if adjusted.isZero { return 1 }
        // Both have the same denominator.
        return (unadjusted.numerator - adjusted.numerator).divided(by: unadjusted.numerator).double
    }

    private static func covariates(of arm: JointMoments) -> ExactSum {
        guard let sum = arm.sum(of: .covariate) else { preconditionFailure("an adjustment needs a covariate") }
        return sum
    }
}
