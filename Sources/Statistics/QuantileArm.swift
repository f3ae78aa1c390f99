/// A quantile of the values of an arm, with what chance makes of it.
///
/// The interval is found by inverting the distribution function, without an estimate of the density: with the
/// share F(x) of the values up to x, and the standard error s of F at the quantile, it reaches from the quantile of
/// `p - t s` to that of `p + t s`. (Woodruff, "Confidence Intervals for Medians and Other Position Measures", JASA 47,
/// 1952; the "outer" interval of Deng, Knoblich and Lu, "Applying the Delta Method in Metric Analytics", KDD 2018,
/// section 4.) It tells chance only: the width of a bin, below 1/128 of the value, comes on top.
public struct QuantileArm: Sendable, Hashable {
    /// Why a quantile, its standard error or its interval is missing.
    public enum Gap: Error, Sendable, Hashable, CustomStringConvertible {
        /// There is no value.
        case noEvents
        /// Fewer than two independent units or groups hold values.
        case tooFewGroups(n: Int64)
        /// The interval would reach beyond the lowest or the highest value.
        case tooFewEvents
        /// The values at the quantile are all alike.
        case flat

        /// The reason, as a sentence for people.
        public var description: String {
            switch self {
            case .noEvents:
                "There is no value yet."
            case .tooFewGroups(let n):
                "The values come from \(n) independent \(n == 1 ? "unit or group" : "units or groups"); "
                    + "a test needs at least 2."
            case .tooFewEvents:
                "There are too few values beyond the percentile to tell how far chance may move it."
            case .flat:
                "The values around the percentile are all equal, so chance cannot be measured."
            }
        }
    }

    /// Which quantile it is: p, above 0 and below 1.
    public let probability: Double
    /// The number of independent units, or of groups of units, that hold values: the degrees of freedom plus one.
    public let n: Int64
    /// The number of values.
    public let events: Int64
    /// The quantile, by the convention of ``BinCounts/quantile(_:)``; nil where there is no value.
    public let estimate: Double?
    /// `(U - L) / (2 t)`, where L and U are the ends of the interval of 95 %, whatever the confidence of ``interval``:
    /// a p-value must not depend on the confidence that is asked for. Above 0; nil where there is none.
    public let standardError: Double?
    /// Above 0 and below 1.
    public let confidenceLevel: Double
    /// Of the quantile, with the confidence that was asked for; nil where there is none.
    public let interval: ConfidenceInterval?
    /// Why `estimate`, `standardError` or `interval` is nil.
    public let gap: Gap?

    private static let standardErrorConfidenceLevel = 0.95

    /// - Parameters:
    ///   - probability: p, above 0 and below 1.
    ///   - counts: All values of the arm.
    ///   - n: How many independent parts they have.
    ///   - confidenceLevel: Above 0 and below 1.
    ///   - standardErrorOfShare: The standard error of F at the place of the quantile. Called with n of at least 2.
    init(
        probability: Double,
        counts: BinCounts,
        n: Int64,
        confidenceLevel: Double,
        standardErrorOfShare: (BinPosition) -> Double
    ) {
        precondition(probability > 0 && probability < 1, "a quantile is above 0 and below 1")
        precondition(confidenceLevel > 0 && confidenceLevel < 1, "a confidence level is above 0 and below 1")
        self.probability = probability
        self.n = n
        self.confidenceLevel = confidenceLevel
        events = counts.total
        let position = counts.position(of: probability)
        estimate = position?.value

        var bounds: Result<(standardError: Double, interval: ConfidenceInterval?), Gap> = .failure(.noEvents)
        if let position {
            bounds = Self.bounds(
                of: probability,
                counts: counts,
                n: n,
                confidenceLevel: confidenceLevel,
                standardErrorOfShare: { standardErrorOfShare(position) }
            )
        }
        switch bounds {
        case .success(let (standardError, interval)):
            self.standardError = standardError
            self.interval = interval
            gap = interval == nil ? .tooFewEvents : nil
        case .failure(let reason):
            standardError = nil
            interval = nil
            gap = reason
        }
    }

    /// The standard error, and the interval where there is one; or why there is neither.
    private static func bounds(
        of probability: Double,
        counts: BinCounts,
        n: Int64,
        confidenceLevel: Double,
        standardErrorOfShare: () -> Double
    ) -> Result<(standardError: Double, interval: ConfidenceInterval?), Gap> {
        guard n > 1 else { return .failure(.tooFewGroups(n: n)) }
        // Within one bin the places of the values are made up, and so would be their spread.
        guard counts.binCount > 1 else { return .failure(.flat) }
        let error = standardErrorOfShare()
        let distribution = StudentT(degreesOfFreedom: Double(n - 1))
        let inverted = { (critical: Double) -> ConfidenceInterval? in
            let (low, high) = (probability - critical * error, probability + critical * error)
            guard low > 0, high < 1, let lower = counts.quantile(low), let upper = counts.quantile(high) else {
                return nil
            }
            return ConfidenceInterval(lower: lower, upper: upper)
        }
        let critical = distribution.twoSidedQuantile(1 - standardErrorConfidenceLevel)
        guard let standard = inverted(critical) else { return .failure(.tooFewEvents) }
        guard standard.upper > standard.lower else { return .failure(.flat) }
        let standardError = (standard.upper - standard.lower) / (2 * critical)
        return .success((standardError, inverted(distribution.twoSidedQuantile(1 - confidenceLevel))))
    }
}

extension QuantileArm: ExactArm {
    /// The quantile in place of a mean: it is nearly normal, so that `WelchTest` compares two of them, with the degrees
    /// of freedom of the units or groups.
    public var summary: ArmSummary {
        guard let estimate, let standardError, gap != .flat else {
            return ArmSummary(n: n, observations: events, quantile: estimate, gap: gap ?? .noEvents)
        }
        return ArmSummary(n: n, observations: events, quantile: estimate, standardError: standardError)
    }
}
