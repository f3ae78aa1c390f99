/// An arm of an experiment as a test of means sees it. ``Moments`` and ``ClusteredMoments`` are such arms.
public protocol ExactArm: Sendable {
    var summary: ArmSummary { get }
}

/// What a test of means needs of an arm.
public struct ArmSummary: Sendable, Hashable {
    /// The number of independent units, which is the degrees of freedom plus one: values, or clusters of values.
    public let n: Int64
    /// The number of observations that the mean is over; at least `n`.
    public let observations: Int64
    /// The exact sum of the observations.
    public let sum: ExactSum
    /// The mean per observation, correctly rounded; nil where there is none.
    public let mean: Double?
    /// Of the observations, with n - 1; nil where there are fewer than two.
    public let standardDeviation: Double?
    /// The square of the standard error of the mean; nil where there are fewer than two units.
    public let varianceOfMean: Double?

    /// The variance of the mean without a limit of the exponent: a test needs it also where the double underflows.
    let scaledVarianceOfMean: ScaledDouble?
    /// The mean, likewise.
    let scaledMean: ScaledDouble?
    /// Whether there is no value but 0.
    let hasOnlyZeros: Bool

    init(
        n: Int64,
        observations: Int64,
        sum: ExactSum,
        mean: BinaryRounding?,
        variance: BinaryRounding?,
        varianceOfMean: BinaryRounding?
    ) {
        self.n = n
        self.observations = observations
        self.sum = sum
        self.mean = mean?.double
        standardDeviation = variance?.scaled.squareRoot.double
        self.varianceOfMean = varianceOfMean?.double
        scaledVarianceOfMean = varianceOfMean?.scaled
        scaledMean = mean?.scaled
        hasOnlyZeros = sum.isZero && (variance.map { $0.scaled.isZero } ?? true)
    }

    /// This arm's mean minus that of another, exact before the one rounding; nil where either has no observation.
    public func meanDifference(from other: ArmSummary) -> Double? {
        roundedMeanDifference(from: other)?.double
    }

    func roundedMeanDifference(from other: ArmSummary) -> BinaryRounding? {
        guard observations > 0, other.observations > 0 else { return nil }
        return ExactVariance.meanDifference(
            treatment: (observations, sum),
            control: (other.observations, other.sum)
        )
    }
}

extension ArmSummary: ExactArm {
    public var summary: ArmSummary { self }
}
