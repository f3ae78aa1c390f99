/// The upper bounds of a histogram's buckets, each inclusive; one for everything above is always added.
public struct PrometheusBuckets: Sendable, Equatable {
    public let upperBounds: [Double]

    /// Takes 1 to `maximumCount` finite bounds that increase. Others are an error of the program.
    public init(_ upperBounds: [Double]) {
        precondition((1...Self.maximumCount).contains(upperBounds.count), "a histogram has 1 to 64 buckets")
        precondition(upperBounds.allSatisfy(\.isFinite), "the bounds of buckets must be finite")
        precondition(zip(upperBounds, upperBounds.dropFirst()).allSatisfy { $0 < $1 }, "the bounds must increase")
        self.upperBounds = upperBounds
    }

    /// Each bucket is a series in Prometheus, for every set of labels.
    public static let maximumCount = 64

    /// Half a millisecond to half a minute, in seconds: what a request, a query or a delivery takes.
    public static let durations = PrometheusBuckets([
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
    ])

    /// 1 to a million, in steps of about two: sizes of batches, lengths, numbers of rows.
    public static let counts = PrometheusBuckets([
        1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 100_000, 1_000_000,
    ])
}
