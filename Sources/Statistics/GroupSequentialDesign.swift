/// Two-sided symmetric boundaries for the analyses of an experiment that is looked at while it runs.
///
/// By the error spending of Lan and DeMets (1983): an analysis at a fraction t of the planned maximum of information
/// may spend what ``ErrorSpending`` allows up to t and no earlier analysis has spent. The information of means is in
/// proportion to the number of units, so the fractions are units over the planned maximum.
///
/// - The boundary of an analysis follows from the actual fractions up to it. Neither the number nor the times of the
///   analyses need be planned, as long as they do not depend on the results.
/// - Overrun: an analysis with a fraction of 1 or more is the final one. It spends all that is left of alpha, with its
///   actual correlation to the earlier ones, whose boundaries stay as they were. Nothing may follow it.
/// - Underrun: where the experiment ends before its maximum, by a decision that does not depend on the results, the
///   last analysis is declared the final one and spends all that is left.
///
/// An analysis which may spend less than the smallest normal double has no boundary: its critical value is infinite.
/// Nothing is kept; at each call the boundaries of 5 analyses cost a millisecond, and those of 100 some 50.
public struct GroupSequentialDesign: Sendable, Hashable {
    /// Of both sides together, above 0 and below 1.
    public let alpha: Double
    /// The information at each analysis as a fraction of the planned maximum: strictly increasing, above 0.
    public let fractions: [Double]
    /// Whether the last of the analyses spends all that is left of alpha.
    public let isFinal: Bool

    /// Why there is no design.
    public enum Refusal: Error, Sendable, Hashable, CustomStringConvertible {
        case alphaOutOfRange(Double)
        case noAnalyses
        /// A fraction that is not a finite number above 0, at this analysis, counted from 0.
        case fractionNotPositive(analysis: Int)
        /// A fraction that is not above the one before, at this analysis, counted from 0.
        case fractionNotIncreasing(analysis: Int)
        /// An analysis after the one that reached the planned maximum; counted from 0.
        case analysisAfterFinal(analysis: Int)

        /// The reason, as a sentence for people.
        public var description: String {
            switch self {
            case .alphaOutOfRange(let alpha): "The alpha is \(alpha); it must be above 0 and below 1."
            case .noAnalyses: "There is no analysis; a design needs at least 1."
            case .fractionNotPositive(let analysis):
                "The fraction of analysis \(analysis + 1) is not a finite number above 0."
            case .fractionNotIncreasing(let analysis):
                "The fraction of analysis \(analysis + 1) is not above that of the analysis before."
            case .analysisAfterFinal(let analysis):
                "Analysis \(analysis + 1) comes after the planned maximum was reached, which ended the experiment."
            }
        }
    }

    /// - Parameters:
    ///   - alpha: Of both sides together, above 0 and below 1.
    ///   - fractions: Of the analyses up to now, strictly increasing, above 0; only the last may be 1 or more.
    ///   - endsEarly: Whether the last analysis is the final one although its fraction is below 1.
    public init(alpha: Double, fractions: [Double], endsEarly: Bool = false) throws(Refusal) {
        guard alpha > 0, alpha < 1 else { throw .alphaOutOfRange(alpha) }
        guard let last = fractions.last else { throw .noAnalyses }
        for (index, fraction) in fractions.enumerated() {
            guard fraction > 0, fraction < .infinity else { throw .fractionNotPositive(analysis: index) }
            guard index > 0 else { continue }
            if fractions[index - 1] >= 1 { throw .analysisAfterFinal(analysis: index) }
            guard fraction > fractions[index - 1] else { throw .fractionNotIncreasing(analysis: index) }
        }
        self.alpha = alpha
        self.fractions = fractions
        isFinal = endsEarly || last >= 1
    }

    /// The boundary of each analysis: `|Z|` of at least this is a significant result. Infinite where there is none.
    ///
    /// The critical value of an analysis is also that of its repeated confidence interval: estimate and standard error
    /// times it cover the true difference at all analyses together with probability 1 - alpha (C. Jennison and
    /// B. W. Turnbull, "Interim Analyses: The Repeated Confidence Interval Approach", JRSS B 51, 1989).
    public func criticalValues() -> [Double] {
        criticalValues(spending: ErrorSpending(alpha: alpha), upTo: fractions.count - 1)
    }

    /// What may be spent on both sides together up to each analysis.
    public func cumulativeAlpha() -> [Double] {
        let spending = ErrorSpending(alpha: alpha)
        return fractions.indices.map { cumulativeAlpha(spending, at: $0) }
    }

    private func cumulativeAlpha(_ spending: ErrorSpending, at index: Int) -> Double {
        isFinal && index == fractions.count - 1 ? spending.alpha : spending.spent(at: fractions[index])
    }

    /// The boundaries up to an analysis for any level of the same spending.
    func criticalValues(spending: ErrorSpending, upTo last: Int) -> [Double] {
        var survival = BoundarySurvival(firstLook: fractions[0])
        var criticalValues: [Double] = []
        var spent = 0.0
        for index in 0...last {
            if let critical = criticalValues.last { survival.advance(to: fractions[index], after: critical) }
            let allowed = cumulativeAlpha(spending, at: index)
            let critical = survival.criticalValue(spending: (allowed - spent) / 2)
            if critical < .infinity { spent = allowed }
            criticalValues.append(critical)
        }
        return criticalValues
    }
}

extension BoundarySurvival {
    /// The boundary that is crossed at this look for the first time with a given probability on each side, without
    /// drift.
    ///
    /// Newton's method on the logarithm of the probability, which is a concave function of the boundary (the density of
    /// what has not stopped is log-concave), from above; kept in a bracket against rounding.
    /// - Parameter tail: On one side; infinity is the answer for less than the smallest normal double.
    func criticalValue(spending tail: Double) -> Double {
        guard tail >= .leastNormalMagnitude else { return .infinity }
        // Without earlier looks the probability would be the greatest.
        let unadjusted = Swift.max(0, -Normal.quantile(Swift.min(0.5, tail)))
        guard end < .infinity else { return unadjusted }
        var (low, high) = (0.0, Swift.min(unadjusted, end))
        var critical = high
        for _ in 0..<Self.maximumSteps {
            let probability = probabilityAbove(critical, drift: 0)
            if probability < tail { high = critical } else { low = critical }
            let excess = (probability / tail).naturalLogarithm
            // Near the end, where the probability vanishes, steps are short also far from the root: their length says
            // nothing about the error.
            let next = critical + probability * excess / density(at: critical)
            if excess.magnitude <= Self.finalExcess { return next }
            if high - low <= Self.finalWidth { break }
            // Also where the step is not a number.
            critical = next > low && next < high ? next : (low + high) / 2
        }
        return high
    }

    /// About ten are enough.
    private static let maximumSteps = 100

    /// The relative error of the probability before the last step; after it, it is about the square of that.
    private static let finalExcess = 1e-8

    /// Of the bracket, where rounding lets the probability come no closer.
    private static let finalWidth = 1e-14
}
