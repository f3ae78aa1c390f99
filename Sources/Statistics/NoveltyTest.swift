/// Whether a treatment does to the units that came later what it did to the early ones: a test of the difference of two
/// differences that stays valid however often one looks.
///
/// The early units are fixed, and later ones come in one by one. With information as the inverse of the variance, the
/// difference of the differences has the increments that ``AnytimeBoundary`` asks for: the covariance of two looks is the
/// variance of the later one, as the early units are the same in both. What the boundary is narrowest at is as many later
/// units as there are early ones.
///
/// Standard errors and degrees of freedom are those of ``AnytimeTest``, of each of the two, put together by Satterthwaite.
public struct NoveltyTest: Sendable, Hashable {
    /// Two arms that were exposed in one time.
    public struct Arms: Sendable {
        let control: ArmSummary
        let treatment: ArmSummary

        public init(control: some ExactArm, treatment: some ExactArm) {
            self.control = control.summary
            self.treatment = treatment.summary
        }
    }

    /// Treatment mean minus control mean, of the early units.
    public let early: Double
    /// Of the later ones.
    public let later: Double
    /// Of the later difference minus the early one.
    public let standardError: Double
    public let degreesOfFreedom: Double
    public let boundary: AnytimeBoundary
    /// Of this look. The chance that it is ever below alpha, where both differences are the same, is at most alpha. Never 0.
    public let pValue: Double
    /// Of all looks together, above 0 and below 1.
    public let confidenceLevel: Double

    /// Whether the two differ in a way that holds however often one looks.
    public var isSignificant: Bool { pValue < 1 - confidenceLevel }

    /// In each of the four arms.
    public static let minimumUnits: Int64 = 100
    /// It warns, and warnings that come for nothing are soon ignored.
    public static let defaultConfidenceLevel = 0.99

    /// Compares the two differences.
    /// - Parameters:
    ///   - early: Those who were exposed first, of whom there will be no more.
    ///   - later: Those who came after them.
    ///   - confidenceLevel: Of all looks together, above 0 and below 1.
    /// - Returns: The test; nil where an arm has fewer than ``minimumUnits`` units, or no variance.
    public static func compare(
        early: Arms,
        later: Arms,
        confidenceLevel: Double = Self.defaultConfidenceLevel
    ) -> NoveltyTest? {
        precondition(confidenceLevel > 0 && confidenceLevel < 1, "a confidence level is above 0 and below 1")
        let arms = [early.control, early.treatment, later.control, later.treatment]
        guard arms.allSatisfy({ $0.n >= minimumUnits }),
            case .success(let first) = MeanDifference.between(control: early.control, treatment: early.treatment),
            case .success(let second) = MeanDifference.between(control: later.control, treatment: later.treatment)
        else { return nil }
        let test = NoveltyTest(first.withGreaterVariance, second.withGreaterVariance, confidenceLevel: confidenceLevel)
        return test.standardError > 0 && test.standardError < .infinity ? test : nil
    }

    private init(_ early: MeanDifference, _ later: MeanDifference, confidenceLevel: Double) {
        self.early = early.difference.double
        self.later = later.difference.double
        self.confidenceLevel = confidenceLevel
        let variance = early.variance + later.variance
        standardError = variance.squareRoot.double
        let share = (early.variance / variance).double
        degreesOfFreedom =
            1 / (share * share / early.degreesOfFreedom + (1 - share) * (1 - share) / later.degreesOfFreedom)
        boundary = AnytimeBoundary(information: Self.information(early, later))
        let t = (self.later - self.early) / standardError
        let z = Normal.magnitude(logTwoSidedP: StudentT(degreesOfFreedom: degreesOfFreedom).logTwoSidedP(t))
        let logarithm = boundary.logPValue(z)
        (pValue, _) = PValue.reported(logarithm.exponential, logarithm: logarithm)
    }

    /// That of all units, as a share of what it is where the later ones are as many as the early ones.
    private static func information(_ early: MeanDifference, _ later: MeanDifference) -> Double {
        let units = { (arms: MeanDifference) in
            1 / (1 / Double(arms.control.n) + 1 / Double(arms.treatment.n))
        }
        return 2 / (1 + units(early) / units(later))
    }
}
