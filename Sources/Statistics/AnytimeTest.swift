/// A test of the difference of two means that stays valid however often one looks: an asymptotic confidence sequence.
///
/// The intervals of all looks hold the true difference together with the confidence stated, so whoever stops at the moment
/// of their choice, or goes on after it, is not misled. The price is that each is wider than ``WelchTest``'s: by about half
/// at the planned end, by more before.
///
/// Two things make the limit theorem of ``AnytimeBoundary`` hold from ``minimumUnits`` units on, and both only widen:
///
/// - The standard error is the greater of what the arms show themselves and what their units show together. A small arm
///   shows no variance before its first conversion, and a sequence that trusts that is wrong in every third experiment at
///   a split of 95 to 5. Where the variances truly differ the greater one costs power, and never validity.
/// - The statistic is taken through Student's t distribution to the normal one, so that a variance of few units counts
///   as one.
///
/// Simulated with 100 looks from 10 units in the smaller arm on, splits up to 95 to 5 and 500 or 5,000 planned units, of
/// normal, lognormal and zero-inflated values and conversions of 5 % and 0.5 %, at most 2.5 % of A/A tests were ever
/// significant at an alpha of 5 %. So were 3 % where the values of units went on growing until their variance was twenty
/// times that at the end of the enrolment; much beyond that the boundary, which knows only how many units there are, is too
/// narrow. A metric with a window does not grow so.
public struct AnytimeTest: Sendable, Hashable {
    public let control: ArmSummary
    public let treatment: ArmSummary
    /// Treatment mean minus control mean.
    public let difference: Double
    /// The greater of two estimates; see above.
    public let standardError: Double
    /// Whether that is the one of the units of both arms together.
    public let isPooled: Bool
    public let boundary: AnytimeBoundary
    /// Of this look: the least alpha at which the interval excludes 0. The chance that it is ever below alpha is at most
    /// alpha, so the least of all looks is a p-value too. Never 0: below the smallest normal double it stays at
    /// `Double.leastNormalMagnitude`, and ``log10PValue`` tells the rest.
    public let pValue: Double
    /// The decimal logarithm of the p-value.
    public let log10PValue: Double
    /// Of all looks together, above 0 and below 1.
    public let confidenceLevel: Double
    /// Of the difference; nil where it is too early for any bound. It excludes 0 exactly where the p-value is below 1 minus
    /// the confidence level.
    public let interval: ConfidenceInterval?
    /// The difference relative to the control's mean, with its own interval, which excludes 0 where that of the difference
    /// does.
    public let lift: Lift

    /// Whether the p-value is below 1 minus the confidence level, so that the interval excludes 0.
    public var isSignificant: Bool { pValue < 1 - confidenceLevel }

    /// In each arm. With fewer, no look is taken.
    public static let minimumUnits: Int64 = 10

    /// Compares a treatment with its control.
    /// - Parameters:
    ///   - control: The arm that is compared with.
    ///   - treatment: The arm whose mean is compared.
    ///   - boundary: Of the information that both hold together.
    ///   - confidenceLevel: Of all looks together, above 0 and below 1.
    /// - Returns: The test, or why there is none.
    public static func compare(
        control: some ExactArm,
        treatment: some ExactArm,
        boundary: AnytimeBoundary,
        confidenceLevel: Double = 0.95
    ) -> Result<AnytimeTest, NotTestable> {
        precondition(confidenceLevel > 0 && confidenceLevel < 1, "a confidence level is above 0 and below 1")
        let (control, treatment) = (control.summary, treatment.summary)
        for (arm, role) in [(control, NotTestable.Arm.control), (treatment, .treatment)]
        where arm.gap == nil && arm.n < minimumUnits {
            return .failure(.tooFewUnits(role, n: arm.n, needed: minimumUnits))
        }
        return MeanDifference.between(control: control, treatment: treatment)
            .map { AnytimeTest($0, boundary: boundary, confidenceLevel: confidenceLevel) }
    }

    private init(_ arms: MeanDifference, boundary: AnytimeBoundary, confidenceLevel: Double) {
        let safe = arms.withGreaterVariance
        control = arms.control
        treatment = arms.treatment
        difference = arms.difference.double
        standardError = safe.standardError
        isPooled = safe != arms
        self.boundary = boundary
        self.confidenceLevel = confidenceLevel

        let logarithm = boundary.logPValue(safe.normalMagnitude)
        (pValue, log10PValue) = PValue.reported(logarithm.exponential, logarithm: logarithm)

        let critical = safe.standardErrors(forNormal: boundary.criticalValue(alpha: 1 - confidenceLevel))
        interval = critical < MeanDifference.unbounded ? safe.interval(critical: critical) : nil
        lift = Lift(safe, critical: critical)
    }
}
