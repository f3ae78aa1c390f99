/// The normal posterior of an effect, from its estimate with a normal error and a normal prior.
///
/// The estimate d with the standard error s and the prior N(m, r^2) have the posterior mean
/// `(d / s^2 + m / r^2) / (1 / s^2 + 1 / r^2)` and variance `1 / (1 / s^2 + 1 / r^2)` (A. Gelman et al., *Bayesian Data
/// Analysis*, 3rd edition, section 2.5).
public struct PosteriorComparison: Sendable, Hashable {
    /// What the effect is.
    public enum Effect: Sendable, Hashable {
        /// Treatment mean minus control mean, in units of the metric.
        case difference
        /// The difference as a share of the control's mean, with the variance of the delta method,
        /// `v_T / m_C^2 + v_C m_T^2 / m_C^4` (A. Deng, U. Knoblich and J. Lu, "Applying the Delta Method in Metric
        /// Analytics", KDD 2018, section 2.2).
        case lift
    }

    public let control: ArmSummary
    public let treatment: ArmSummary
    public let effect: Effect
    public let direction: Direction
    public let prior: NormalPrior
    /// The effect as it is observed, and its standard error.
    public let estimate: Double
    public let standardError: Double
    /// Of the effect, in the unit of the prior.
    public let mean: Double
    public let standardDeviation: Double
    /// The probability that the treatment is better than the control.
    public let chanceToWin: Double
    /// The probability that it is worse: 1 minus the other, with the digits of its own.
    public let chanceToLose: Double
    /// How much is lost on average by choosing the treatment: the expectation of what the control is better by, in the
    /// unit of the prior. It underflows to 0 where it has no double.
    public let expectedLossOfTreatment: Double
    /// How much is lost on average by choosing the control.
    public let expectedLossOfControl: Double
    /// Of ``interval``, above 0 and below 1.
    public let credibleLevel: Double
    /// Holds the effect with the probability of the credible level, which it leaves out on both sides in equal parts.
    public let interval: ConfidenceInterval

    /// Compares a treatment with its control.
    /// - Parameters:
    ///   - control: For the lift, of a mean above 0.
    ///   - treatment: The arm that may be better.
    ///   - effect: What the prior is about.
    ///   - prior: In the unit of the effect.
    ///   - direction: Which way of the metric is better.
    ///   - credibleLevel: Above 0 and below 1.
    /// - Returns: The posterior, or why there is none. Standard errors below the normal doubles count as no variance.
    public static func compare(
        control: some ExactArm,
        treatment: some ExactArm,
        effect: Effect,
        prior: NormalPrior,
        direction: Direction,
        credibleLevel: Double = 0.95
    ) -> Result<PosteriorComparison, NotTestable> {
        precondition(credibleLevel > 0 && credibleLevel < 1, "a credible level is above 0 and below 1")
        let (control, treatment) = (control.summary, treatment.summary)
        return estimate(of: effect, control, treatment).map { estimate in
            PosteriorComparison(
                (control, treatment),
                estimate,
                effect: effect,
                prior: prior,
                direction: direction,
                credibleLevel: credibleLevel
            )
        }
    }

    private typealias Estimate = (value: Double, standardError: Double)

    private static func estimate(
        of effect: Effect,
        _ control: ArmSummary,
        _ treatment: ArmSummary
    ) -> Result<Estimate, NotTestable> {
        guard let controlVariance = control.scaledVarianceOfMean, let controlMean = control.scaledMean else {
            return .failure(control.reasonWithoutVariance(in: .control))
        }
        guard let treatmentVariance = treatment.scaledVarianceOfMean, let treatmentMean = treatment.scaledMean else {
            return .failure(treatment.reasonWithoutVariance(in: .treatment))
        }
        guard let difference = treatment.roundedMeanDifference(from: control),
            (controlVariance + treatmentVariance).squareRoot.double >= .leastNormalMagnitude
        else {
            return .failure(control.hasOnlyZeros && treatment.hasOnlyZeros ? .onlyZeros : .noVariance)
        }
        guard effect == .lift else {
            return .success((difference.double, (controlVariance + treatmentVariance).squareRoot.double))
        }
        guard controlMean.significand > 0 else { return .failure(.controlMeanNotPositive) }
        let lift = (difference.scaled / controlMean).double
        let ratio = treatmentMean / controlMean
        let variance = treatmentVariance + ratio * ratio * controlVariance
        let standardError = (variance.squareRoot / controlMean).double
        guard lift.magnitude < 1e150, standardError < 1e150 else { return .failure(.noLift(.outOfRange)) }
        guard standardError >= .leastNormalMagnitude else { return .failure(.noVariance) }
        return .success((lift, standardError))
    }

    private init(
        _ arms: (control: ArmSummary, treatment: ArmSummary),
        _ estimate: Estimate,
        effect: Effect,
        prior: NormalPrior,
        direction: Direction,
        credibleLevel: Double
    ) {
        (control, treatment) = arms
        self.effect = effect
        self.direction = direction
        self.prior = prior
        self.credibleLevel = credibleLevel
        (self.estimate, standardError) = estimate
        // The smaller of both standard deviations over the greater, so that no square overflows.
        let ratio =
            Swift.min(standardError, prior.standardDeviation) / Swift.max(standardError, prior.standardDeviation)
        let weight = 1 / (1 + ratio * ratio)
        let (sharp, wide) =
            standardError < prior.standardDeviation ? (estimate.value, prior.mean) : (prior.mean, estimate.value)
        mean = weight * sharp + weight * ratio * ratio * wide
        standardDeviation = Swift.min(standardError, prior.standardDeviation) * weight.squareRoot()

        let z = mean / standardDeviation
        let better = direction == .increase ? z : -z
        chanceToWin = Normal.cdf(better)
        chanceToLose = Normal.survival(better)
        let tail = standardDeviation * Normal.loss(z.magnitude)
        let (above, below) = (Swift.max(0, mean) + tail, Swift.max(0, -mean) + tail)
        (expectedLossOfTreatment, expectedLossOfControl) =
            direction == .increase ? (below, above) : (above, below)
        let width = -Normal.quantile((1 - credibleLevel) / 2) * standardDeviation
        interval = ConfidenceInterval(lower: mean - width, upper: mean + width)
    }
}
