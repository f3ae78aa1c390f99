/// An arm of an experiment as a test of means sees it: ``Moments``, ``ClusteredMoments`` and ``JointMoments`` are such
/// arms.
public protocol ExactArm: Sendable {
    var summary: ArmSummary { get }
}

/// What a test of means needs of an arm: the estimate (a mean, a ratio of totals, or either of them adjusted by a
/// covariate) and its variance.
public struct ArmSummary: Sendable, Hashable {
    /// Why an arm that has units has no mean.
    public enum Gap: Sendable, Hashable {
        /// The denominators of a ratio add up to 0 or less.
        case denominatorNotPositive
        /// The mean or its standard error is beyond 2^500, of which doubles could not hold the squares.
        case outOfRange
        /// The quantile has no standard error.
        case quantile(QuantileArm.Gap)
    }

    /// The number of independent units, which is the degrees of freedom plus one: values, or clusters of values.
    public let n: Int64
    /// The number of observations that the mean is over; at least `n`.
    public let observations: Int64
    /// The mean per observation, the ratio or the adjusted mean, correctly rounded; nil where there is no observation
    /// or a ``gap``.
    public let mean: Double?
    /// Of the observations, with n - 1, or of the linearised units of a ratio; nil where there are fewer than two.
    public let standardDeviation: Double?
    /// The square of the standard error of the mean; nil where there are fewer than two units, and where there is a
    /// gap.
    public let varianceOfMean: Double?
    /// Why there is no mean although there are units.
    public let gap: Gap?

    /// The variance of the mean without a limit of the exponent: a test needs it also where the double underflows.
    let scaledVarianceOfMean: ScaledDouble?
    /// The mean, likewise.
    let scaledMean: ScaledDouble?
    /// Whether there is no value but 0.
    let hasOnlyZeros: Bool
    /// The mean before its rounding, of which differences are made.
    private let exactMean: ExactFraction?

    init(
        n: Int64,
        observations: Int64,
        mean: ExactFraction?,
        roundedMean: BinaryRounding? = nil,
        variance: BinaryRounding?,
        varianceOfMean: BinaryRounding?,
        hasOnlyZeros: Bool,
        gap: Gap? = nil
    ) {
        let rounded = roundedMean ?? mean?.rounded
        self.n = n
        self.observations = observations
        self.mean = rounded?.double
        standardDeviation = variance?.scaled.squareRoot.double
        self.varianceOfMean = varianceOfMean?.double
        scaledVarianceOfMean = varianceOfMean?.scaled
        scaledMean = rounded?.scaled
        exactMean = mean
        self.hasOnlyZeros = hasOnlyZeros
        self.gap = gap
    }

    /// An arm of independent units whose standard deviation is by definition that of its mean times the root of n.
    /// - Parameters:
    ///   - mean: The estimate; what is beyond the range becomes a gap.
    ///   - varianceOfMean: nil where there are fewer than two units.
    init(n: Int64, mean: ExactFraction, varianceOfMean: ExactFraction?, hasOnlyZeros: Bool) {
        let (roundedMean, rounded) = (mean.rounded, varianceOfMean?.rounded)
        guard roundedMean.exponent <= Self.greatestExponent,
            (rounded?.exponent ?? 0) <= 2 * Self.greatestExponent
        else {
            self.init(n: n, hasOnlyZeros: hasOnlyZeros, gap: .outOfRange)
            return
        }
        self.init(
            n: n,
            observations: n,
            mean: mean,
            roundedMean: roundedMean,
            variance: varianceOfMean.map { (WideNumber(n) * $0).rounded },
            varianceOfMean: rounded,
            hasOnlyZeros: hasOnlyZeros
        )
    }

    /// An arm without a mean: it has no units, or there is a gap.
    init(n: Int64, hasOnlyZeros: Bool = true, gap: Gap? = nil) {
        self.init(
            n: n,
            observations: n,
            mean: nil,
            variance: nil,
            varianceOfMean: nil,
            hasOnlyZeros: hasOnlyZeros,
            gap: gap
        )
    }

    /// An arm whose estimate is a quantile.
    init(n: Int64, observations: Int64, quantile: Double, standardError: Double) {
        var square = ExactProductSum()
        square.add(standardError, standardError)
        self.init(
            n: n,
            observations: observations,
            mean: ExactFraction(WideNumber(finite: quantile), over: WideNumber(1)),
            variance: nil,
            varianceOfMean: WideNumber(square).divided(by: WideNumber(1)),
            hasOnlyZeros: false
        )
    }

    /// An arm with a quantile, or without one, that has no standard error.
    init(n: Int64, observations: Int64, quantile: Double?, gap: QuantileArm.Gap) {
        self.init(
            n: n,
            observations: observations,
            mean: quantile.map { ExactFraction(WideNumber(finite: $0), over: WideNumber(1)) },
            variance: nil,
            varianceOfMean: nil,
            hasOnlyZeros: false,
            gap: .quantile(gap)
        )
    }

    /// Values of at most 1e100 (2^333) stay below it, and squares of what is below it are doubles.
    private static let greatestExponent = 500

    /// This arm's mean minus that of another, exact before the one rounding; nil where either has no mean.
    public func meanDifference(from other: ArmSummary) -> Double? {
        roundedMeanDifference(from: other)?.double
    }

    func roundedMeanDifference(from other: ArmSummary) -> BinaryRounding? {
        guard let exactMean, let subtrahend = other.exactMean else { return nil }
        return (exactMean - subtrahend).rounded
    }

    /// This arm's mean minus `factor` times that of another, plus `shift`, exact before the one rounding; nil where
    /// either has no mean.
    func roundedMeanDifference(
        from other: ArmSummary,
        times factor: WideNumber,
        plus shift: WideNumber
    ) -> BinaryRounding? {
        guard let exactMean, let subtrahend = other.exactMean else { return nil }
        return (exactMean - factor * subtrahend + ExactFraction(shift, over: WideNumber(1))).rounded
    }

    /// Why there is no variance of the mean, where there is none.
    func reasonWithoutVariance(in arm: NotTestable.Arm) -> NotTestable {
        switch gap {
        case .denominatorNotPositive where n > 1: .denominatorNotPositive(arm)
        case .outOfRange where n > 1: .outOfRange(arm)
        case .quantile(let gap): .noQuantile(arm, gap)
        default: .tooFewUnits(arm, n: n)
        }
    }
}

extension ArmSummary: ExactArm {
    public var summary: ArmSummary { self }
}
