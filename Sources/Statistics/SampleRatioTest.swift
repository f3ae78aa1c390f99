/// Whether units were assigned to arms in the ratio that was set: Pearson's chi-squared test of goodness of fit.
///
/// A mismatch says that an experiment's data are not to be trusted (Fabijan et al., "Diagnosing Sample Ratio Mismatch
/// in Online Controlled Experiments", KDD 2019).
public struct SampleRatioTest: Sendable, Hashable {
    /// How many units each arm should have, given the total; not rounded to whole units.
    public let expected: [Double]
    /// The sum of `(observed - expected)^2 / expected`. The differences are exact before they are squared.
    public let statistic: Double
    /// The number of arms minus 1.
    public let degreesOfFreedom: Int
    /// Never 0: below the smallest normal double it stays at `Double.leastNormalMagnitude`, and ``log10PValue`` tells
    /// the rest.
    public let pValue: Double
    /// The decimal logarithm of the p-value.
    public let log10PValue: Double

    /// Why there is no test.
    public enum Refusal: Error, Sendable, Hashable, CustomStringConvertible {
        case fewerThanTwoArms
        case differentNumbersOfArms(observed: Int, weights: Int)
        /// A count below 0, at this arm.
        case negativeCount(arm: Int)
        /// A weight of 0 or less, at this arm: an arm without buckets takes no part in the ratio.
        case weightNotPositive(arm: Int)
        case noUnits
        /// The counts or weights add up to more than `Int64.max`.
        case totalTooLarge

        /// The reason, as a sentence for people.
        public var description: String {
            switch self {
            case .fewerThanTwoArms: "A ratio needs at least 2 arms."
            case .differentNumbersOfArms(let observed, let weights):
                "There are \(observed) counts and \(weights) weights."
            case .negativeCount(let arm): "The count of arm \(arm) is negative."
            case .weightNotPositive(let arm): "The weight of arm \(arm) is not above 0."
            case .noUnits: "No arm has a unit yet."
            case .totalTooLarge: "The total is too large."
            }
        }
    }

    /// - Parameters:
    ///   - observed: How many units each arm has, 0 or more; not all 0.
    ///   - weights: In what ratio they should be, as whole numbers of buckets above 0, out of any total.
    public init(observed: [Int64], weights: [Int]) throws(Refusal) {
        let (units, buckets) = try Self.totals(observed: observed, weights: weights)
        var statistic = 0.0
        var expected: [Double] = []
        for (count, weight) in zip(observed, weights) {
            // With N units and W buckets, (O - N w / W)^2 / (N w / W) = ((O W - N w) / W) * (O W - N w) / (N w): the
            // difference is a whole number of at most 127 bits.
            let difference = Double(Int128(count) * Int128(buckets) - Int128(units) * Int128(weight))
            let scaled = Double(Int128(units) * Int128(weight))
            expected.append(scaled / Double(buckets))
            statistic += (difference / Double(buckets)) * (difference / scaled)
        }
        self.expected = expected
        self.statistic = statistic
        degreesOfFreedom = observed.count - 1
        let distribution = ChiSquared(degreesOfFreedom: Double(degreesOfFreedom))
        let logarithm = distribution.logSurvival(statistic)
        (pValue, log10PValue) = PValue.reported(distribution.survival(statistic), logarithm: logarithm)
    }

    /// How many units and buckets there are in all, where there is something to test.
    static func totals(
        observed: [Int64],
        weights: [Int]
    ) throws(Refusal) -> (units: Int64, buckets: Int64) {
        guard observed.count == weights.count else {
            throw .differentNumbersOfArms(observed: observed.count, weights: weights.count)
        }
        guard observed.count >= 2 else { throw .fewerThanTwoArms }
        if let arm = observed.firstIndex(where: { $0 < 0 }) { throw .negativeCount(arm: arm) }
        if let arm = weights.firstIndex(where: { $0 <= 0 }) { throw .weightNotPositive(arm: arm) }
        let units = observed.reduce(Int128(0)) { $0 + Int128($1) }
        let buckets = weights.reduce(Int128(0)) { $0 + Int128($1) }
        guard units > 0 else { throw .noUnits }
        guard let unitCount = Int64(exactly: units), let bucketCount = Int64(exactly: buckets) else {
            throw .totalTooLarge
        }
        return (unitCount, bucketCount)
    }
}

extension SampleRatioTest {
    /// The arms that take part in the ratio: those of a weight above 0, in their order.
    ///
    /// For experiments in which an arm may have been closed. Units that stand in an arm of weight 0 are not counted,
    /// neither as observed nor in the total: the ratio among the other arms does not depend on them. What is left may
    /// still be refused by ``init(observed:weights:)``, and so by that of ``SequentialSampleRatioTest``.
    /// - Parameters:
    ///   - observed: How many units each arm has, 0 or more.
    ///   - weights: Whole numbers of buckets, 0 or more.
    public static func armsWithWeight(
        observed: [Int64],
        weights: [Int]
    ) throws(Refusal) -> (observed: [Int64], weights: [Int]) {
        guard observed.count == weights.count else {
            throw .differentNumbersOfArms(observed: observed.count, weights: weights.count)
        }
        if let arm = observed.firstIndex(where: { $0 < 0 }) { throw .negativeCount(arm: arm) }
        if let arm = weights.firstIndex(where: { $0 < 0 }) { throw .weightNotPositive(arm: arm) }
        let arms = weights.indices.filter { weights[$0] > 0 }
        return (arms.map { observed[$0] }, arms.map { weights[$0] })
    }
}
