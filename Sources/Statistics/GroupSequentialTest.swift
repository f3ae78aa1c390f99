/// A test of the difference of two means at an analysis of a ``GroupSequentialDesign``.
///
/// The statistic of Welch's test is taken through Student's t distribution to the normal one, for which the design has its
/// boundaries, and the boundary back, so that a variance of few units counts as one.
public struct GroupSequentialTest: Sendable, Hashable {
    /// Treatment mean minus control mean.
    public let difference: Double
    public let standardError: Double
    public let degreesOfFreedom: Double
    /// Of this analysis, for a standard normal statistic; infinite where it can decide nothing.
    public let criticalValue: Double
    /// Whether the boundary is reached.
    public let isSignificant: Bool
    /// The repeated p-value: the least alpha at which the boundary would have been reached here.
    public let pValue: Double
    public let log10PValue: Double
    /// The repeated confidence interval of the difference; nil where the analysis bounds nothing.
    public let interval: ConfidenceInterval?
    /// The difference relative to the control's mean, with its own interval.
    public let lift: Lift

    /// Compares a treatment with its control at the last analysis of a design.
    /// - Returns: The test, or why there is none.
    public static func compare(
        control: some ExactArm,
        treatment: some ExactArm,
        design: GroupSequentialDesign
    ) -> Result<GroupSequentialTest, NotTestable> {
        MeanDifference.between(control: control.summary, treatment: treatment.summary)
            .map { GroupSequentialTest($0, design) }
    }

    private init(_ arms: MeanDifference, _ design: GroupSequentialDesign) {
        difference = arms.difference.double
        standardError = arms.standardError
        degreesOfFreedom = arms.degreesOfFreedom
        let analysis = design.fractions.count - 1
        criticalValue = design.criticalValues()[analysis]
        let magnitude = arms.normalMagnitude
        isSignificant = magnitude >= criticalValue
        pValue = design.repeatedPValue(z: magnitude, at: analysis)
        log10PValue = pValue.naturalLogarithm / Double.ln10
        let critical = arms.standardErrors(forNormal: criticalValue)
        interval = critical < MeanDifference.unbounded ? arms.interval(critical: critical) : nil
        lift = Lift(arms, critical: critical)
    }
}
