/// What is believed of an effect before there are data: a normal distribution.
public struct NormalPrior: Sendable, Hashable {
    /// In the unit of the effect: that of the metric, or a share of the control's mean (0.1 is 10 %).
    public let mean: Double
    /// Above 0 and finite, in the same unit.
    public let standardDeviation: Double

    /// Of a lift: none is the likeliest, and two of three lie within 30 %.
    public static let lift = NormalPrior(mean: 0, unchecked: 0.3)

    private init(mean: Double, unchecked standardDeviation: Double) {
        (self.mean, self.standardDeviation) = (mean, standardDeviation)
    }

    public init(mean: Double, standardDeviation: Double) throws(ImproperPrior) {
        guard mean.isFinite else { throw .meanNotFinite(mean) }
        guard standardDeviation >= .leastNormalMagnitude, standardDeviation.isFinite else {
            throw .standardDeviationOutOfRange(standardDeviation)
        }
        self.mean = mean
        self.standardDeviation = standardDeviation
    }
}
