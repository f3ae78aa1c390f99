/// Welch's test of the difference of two means with unequal variances.
///
/// B. L. Welch, "The Generalization of 'Student's' Problem when Several Different Population Variances are Involved",
/// Biometrika 34 (1947). The difference of the means is exact before its one rounding, so the p-value keeps its digits
/// when the means are 1e8 times their standard deviation.
public struct WelchTest: Sendable, Hashable {
    public let control: ArmSummary
    public let treatment: ArmSummary
    /// Treatment mean minus control mean.
    public let difference: Double
    public let standardError: Double
    /// By Welch and Satterthwaite: from the smaller n - 1 to the sum of both.
    public let degreesOfFreedom: Double
    public let t: Double
    /// Two-sided. Never 0: below the smallest normal double it stays at `Double.leastNormalMagnitude`, and
    /// ``log10PValue`` tells the rest.
    public let pValue: Double
    /// The decimal logarithm of the p-value, also where that has no double.
    public let log10PValue: Double
    /// Of ``interval`` and the interval of the ``lift``, above 0 and below 1.
    public let confidenceLevel: Double
    /// Of the difference. It excludes 0 exactly where the p-value is below 1 minus the confidence level.
    public let interval: ConfidenceInterval
    /// The difference relative to the control's mean, with its own interval.
    public let lift: Lift

    /// Whether the p-value is below 1 minus the confidence level, so that the interval excludes 0.
    public var isSignificant: Bool { pValue < 1 - confidenceLevel }

    /// Compares a treatment with its control.
    /// - Parameters:
    ///   - control: The arm that is compared with.
    ///   - treatment: The arm whose mean is compared.
    ///   - confidenceLevel: Above 0 and below 1.
    /// - Returns: The test, or why there is none.
    public static func compare(
        control: some ExactArm,
        treatment: some ExactArm,
        confidenceLevel: Double = 0.95
    ) -> Result<WelchTest, NotTestable> {
        precondition(confidenceLevel > 0 && confidenceLevel < 1, "a confidence level is above 0 and below 1")
        return MeanDifference.between(control: control.summary, treatment: treatment.summary)
            .map { WelchTest($0, confidenceLevel: confidenceLevel) }
    }

    init(_ difference: MeanDifference, confidenceLevel: Double) {
        control = difference.control
        treatment = difference.treatment
        self.confidenceLevel = confidenceLevel
        self.difference = difference.difference.double
        standardError = difference.standardError
        t = difference.t
        degreesOfFreedom = difference.degreesOfFreedom

        let distribution = StudentT(degreesOfFreedom: degreesOfFreedom)
        let logarithm = distribution.logTwoSidedP(t)
        (pValue, log10PValue) = PValue.reported(distribution.twoSidedP(t), logarithm: logarithm)

        let critical = distribution.twoSidedQuantile(1 - confidenceLevel)
        interval = difference.interval(critical: critical)
        lift = Lift(difference, critical: critical)
    }
}
