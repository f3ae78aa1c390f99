/// The two-sample z test of two proportions, with the pooled variance, and the score interval of their difference.
///
/// For units that convert or do not. The square of z is Pearson's chi-squared statistic of the two by two table.
public struct ProportionTest: Sendable, Hashable {
    /// Below this many conversions in an arm, a relative effect is not to be trusted.
    public static let minimumConversions: Int64 = 25

    public let control: Proportion
    public let treatment: Proportion
    /// Treatment rate minus control rate, from -1 to 1.
    public let difference: Double
    /// Of the difference where both rates are alike: `sqrt(p (1 - p) (1 / n_C + 1 / n_T))` with the rate p of both arms
    /// together.
    public let standardError: Double
    /// The difference over its standard error.
    public let z: Double
    /// Two-sided. Never 0: below the smallest normal double it stays at `Double.leastNormalMagnitude`, and
    /// ``log10PValue`` tells the rest.
    public let pValue: Double
    /// The decimal logarithm of the p-value, also where that has no double.
    public let log10PValue: Double
    /// Of ``interval``, above 0 and below 1.
    public let confidenceLevel: Double
    /// Of the difference, within -1 and 1. It excludes 0 exactly where the p-value is below 1 minus the confidence
    /// level.
    public let interval: ConfidenceInterval
    /// Whether an arm has fewer than ``minimumConversions``: too few for a relative effect.
    public let hasTooFewConversions: Bool

    /// Compares a treatment with its control.
    /// - Parameters:
    ///   - control: At least 2 units.
    ///   - treatment: At least 2 units.
    ///   - confidenceLevel: Above 0 and below 1.
    /// - Returns: The test, or why there is none.
    public static func compare(
        control: Proportion,
        treatment: Proportion,
        confidenceLevel: Double = 0.95
    ) -> Result<ProportionTest, NotTestable> {
        precondition(confidenceLevel > 0 && confidenceLevel < 1, "a confidence level is above 0 and below 1")
        if let refusal = control.refusal(in: .control, minimumUnits: 2)
            ?? treatment.refusal(in: .treatment, minimumUnits: 2)
        {
            return .failure(refusal)
        }
        if control.conversions == 0, treatment.conversions == 0 { return .failure(.onlyZeros) }
        if control.conversions == control.units, treatment.conversions == treatment.units {
            return .failure(.noVariance)
        }
        let test = ProportionTest(control: control, treatment: treatment, confidenceLevel: confidenceLevel)
        return .success(test)
    }

    private init(control: Proportion, treatment: Proportion, confidenceLevel: Double) {
        self.control = control
        self.treatment = treatment
        self.confidenceLevel = confidenceLevel
        let units = Double(control.units) * Double(treatment.units)
        // A whole number of at most 127 bits, so that nothing of the difference is lost.
        let excess =
            Int128(treatment.conversions) * Int128(control.units)
            - Int128(control.conversions) * Int128(treatment.units)
        difference = Double(excess) / units

        let conversions = Int128(control.conversions) + Int128(treatment.conversions)
        let total = Int128(control.units) + Int128(treatment.units)
        let (converted, rest) = (Double(conversions) / Double(total), Double(total - conversions))
        standardError = (converted * rest / units).squareRoot()
        z = difference / standardError
        let logarithm = Swift.min(0, Normal.logSurvival(z.magnitude) + Double.ln2)
        (pValue, log10PValue) = PValue.reported(Swift.min(1, 2 * Normal.survival(z.magnitude)), logarithm: logarithm)

        let score = ScoreInterval(control: control, treatment: treatment, difference: difference)
        interval = score.interval(critical: -Normal.quantile((1 - confidenceLevel) / 2))
        hasTooFewConversions = Swift.min(control.conversions, treatment.conversions) < Self.minimumConversions
    }
}
