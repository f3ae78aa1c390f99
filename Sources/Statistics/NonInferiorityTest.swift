/// Whether a treatment is worse than its control by no more than a margin: Welch's one-sided test of a shifted or
/// scaled difference of means.
///
/// Where more is better, the hypothesis that is to be rejected is `m_T <= m_C - margin`, or `m_T <= (1 - margin) m_C`
/// for a margin relative to the control's mean; where less is better, `m_T >= m_C + margin` or
/// `m_T >= (1 + margin) m_C`. With the factor f of the control's mean, the squared standard error is `v_T + f^2 v_C`
/// (A. C. Tamhane and B. R. Logan, "Finding the Maximum Safe Dose Level for Heteroscedastic Data", Journal of
/// Biopharmaceutical Statistics 14, 2004, for the ratio of means).
/// As in ``WelchTest`` the numerator of t is exact before its one rounding.
public struct NonInferiorityTest: Sendable, Hashable {
    /// How much worse is tolerated.
    public enum Margin: Sendable, Hashable {
        /// In units of the metric, above 0 and finite.
        case absolute(Double)
        /// As a share of the control's mean, above 0 and below 1: 0.02 tolerates 2 % less, or more of what should be
        /// less.
        case relative(Double)
    }

    public let control: ArmSummary
    public let treatment: ArmSummary
    public let direction: Direction
    public let margin: Margin
    /// Treatment mean minus control mean.
    public let difference: Double
    /// Of the difference between the treatment's mean and the worst that is tolerated.
    public let standardError: Double
    /// By Welch and Satterthwaite, with the variance of the scaled control.
    public let degreesOfFreedom: Double
    /// How many standard errors the treatment is better than the worst that is tolerated.
    public let t: Double
    /// One-sided: small where the treatment is not inferior. Never 0: below the smallest normal double it stays at
    /// `Double.leastNormalMagnitude`, and ``log10PValue`` tells the rest.
    public let pValue: Double
    /// The decimal logarithm of the p-value, also where that has no double.
    public let log10PValue: Double
    /// Of ``limit``, above one half and below 1.
    public let confidenceLevel: Double
    /// The one-sided confidence limit of the effect on its worse side, the lower where more is better: of the
    /// difference, or for a relative margin of the lift as a share of the control's mean (Fieller's, see ``Lift``); nil
    /// where that has no bounds.
    ///
    /// It keeps within the margin exactly where the p-value is below 1 minus the confidence level. A ``WelchTest`` of
    /// the same arms at `2 * confidenceLevel - 1` has nearly the same bound; what is left is that of its degrees of
    /// freedom, which do not scale the control.
    public let limit: Double?
    /// Why ``limit`` is nil.
    public let gap: Lift.Gap?

    /// Compares a treatment with its control.
    /// - Parameters:
    ///   - control: The arm that is compared with. For a relative margin its mean must be above 0: a share less than a
    ///     negative mean is more than it, so that the margin would turn over. An absolute margin takes any mean.
    ///   - treatment: The arm that may be worse.
    ///   - direction: Which way of the metric is better.
    ///   - margin: How much worse is tolerated.
    ///   - confidenceLevel: Above one half and below 1.
    /// - Returns: The test, or why there is none.
    public static func compare(
        control: some ExactArm,
        treatment: some ExactArm,
        direction: Direction,
        margin: Margin,
        confidenceLevel: Double = 0.95
    ) -> Result<NonInferiorityTest, NotTestable> {
        precondition(confidenceLevel > 0.5 && confidenceLevel < 1, "a one-sided level is above one half and below 1")
        let bound = Bound(margin, direction)
        return MeanDifference.between(control: control.summary, treatment: treatment.summary).flatMap { arms in
            if case .relative = margin {
                guard let mean = arms.control.scaledMean, mean.significand > 0 else {
                    return .failure(.controlMeanNotPositive)
                }
            }
            guard let distance = bound.distance(arms) else { return .failure(.noVariance) }
            let test = NonInferiorityTest(
                arms,
                direction: direction,
                margin: margin,
                against: MeanDifference(
                    control: arms.control,
                    treatment: arms.treatment,
                    difference: distance,
                    controlVariance: arms.controlVariance * (bound.roundedFactor * bound.roundedFactor),
                    treatmentVariance: arms.treatmentVariance
                ),
                confidenceLevel: confidenceLevel
            )
            return .success(test)
        }
    }

    /// - Parameters:
    ///   - arms: As they are.
    ///   - bound: The treatment against the worst that is tolerated.
    private init(
        _ arms: MeanDifference,
        direction: Direction,
        margin: Margin,
        against bound: MeanDifference,
        confidenceLevel: Double
    ) {
        (control, treatment) = (arms.control, arms.treatment)
        self.direction = direction
        self.margin = margin
        self.confidenceLevel = confidenceLevel
        difference = arms.difference.double
        standardError = bound.standardError
        t = direction == .increase ? bound.t : -bound.t
        degreesOfFreedom = bound.degreesOfFreedom

        let distribution = StudentT(degreesOfFreedom: degreesOfFreedom)
        (pValue, log10PValue) = PValue.reported(distribution.survival(t), logarithm: distribution.logSurvival(t))

        let critical = distribution.twoSidedQuantile(2 * (1 - confidenceLevel))
        switch margin {
        case .absolute:
            let width = critical * standardError
            limit = direction == .increase ? difference - width : difference + width
            gap = nil
        case .relative:
            let lift = Lift(arms, critical: critical)
            limit = (direction == .increase ? lift.interval?.lower : lift.interval?.upper).map { $0 / 100 }
            gap = lift.gap
        }
    }

    /// The worst that is tolerated: `factor * m_C - shift`.
    private struct Bound {
        let factor: WideNumber
        let roundedFactor: Double
        let shift: WideNumber

        init(_ margin: Margin, _ direction: Direction) {
            let one = WideNumber(1)
            switch margin {
            case .absolute(let amount):
                precondition(amount > 0 && amount.isFinite, "an absolute margin is above 0 and finite")
                factor = one
                shift = WideNumber(finite: direction == .increase ? amount : -amount)
            case .relative(let share):
                precondition(share > 0 && share < 1, "a relative margin is above 0 and below 1")
                factor = one - WideNumber(finite: direction == .increase ? share : -share)
                shift = .zero
            }
            roundedFactor = factor.divided(by: one).double
        }

        /// How far the treatment's mean is above it.
        func distance(_ arms: MeanDifference) -> BinaryRounding? {
            arms.treatment.roundedMeanDifference(from: arms.control, times: factor, plus: shift)
        }
    }
}

extension MeanDifference {
    /// With the degrees of freedom of Welch and Satterthwaite for these variances.
    fileprivate init(
        control: ArmSummary,
        treatment: ArmSummary,
        difference: BinaryRounding,
        controlVariance: ScaledDouble,
        treatmentVariance: ScaledDouble
    ) {
        let variance = controlVariance + treatmentVariance
        let controlShare = (controlVariance / variance).double
        let treatmentShare = (treatmentVariance / variance).double
        self.init(
            control: control,
            treatment: treatment,
            difference: difference,
            controlVariance: controlVariance,
            treatmentVariance: treatmentVariance,
            degreesOfFreedom: 1
                / (controlShare * controlShare / Double(control.n - 1)
                    + treatmentShare * treatmentShare / Double(treatment.n - 1))
        )
    }
}
