/// A bin of a fixed grid over the numbers up to 1e100, of a width relative to its numbers.
///
/// Every power of two is cut into 128 bins of equal width. So a bin's index is the exponent and the top 7 bits of the
/// significand of its doubles: no logarithm, and the same bins on every platform. A bin is at most 1/128 = 0.78 % as
/// wide as any of its numbers is far from 0, and at least 1/256. Magnitudes below 2^-40 (about 1e-12) are the zero bin,
/// and negative numbers mirror positive ones. The idea of a fixed relative grid, which merges where sampled sketches do
/// not: Masson, Rim and Lee, "DDSketch", VLDB 2019; with linear bins inside of a power of two as in HdrHistogram.
public struct LogBin: Sendable, Hashable, Comparable {
    /// The greatest magnitude of a number.
    public static let maximumMagnitude: Double = ExactSum.maximumMagnitude
    /// The least magnitude outside of the zero bin: 2^-40.
    public static let smallestMagnitude: Double = 0x1p-40

    /// The bin of the numbers that are nearer to 0 than ``smallestMagnitude``.
    public static let zero = LogBin(unchecked: 0)
    /// The bins of the greatest numbers.
    public static let highest = LogBin(maximumMagnitude)
    public static let lowest = LogBin(-maximumMagnitude)

    /// 0 for the zero bin, and ascending with the numbers: from -47,635 to 47,635.
    public let index: Int32

    /// That of the bin of `maximumMagnitude`.
    private static let greatestIndex: UInt = 47_635
    /// The bits of a significand that do not choose a bin: 52 - 7.
    private static let ignoredBits: UInt64 = 45
    private static let firstPattern = smallestMagnitude.bitPattern >> ignoredBits

    /// The bin that holds a number: finite, with a magnitude of at most ``maximumMagnitude``.
    public init(_ x: Double) {
        precondition(x.magnitude <= Self.maximumMagnitude, "a number must be finite and at most 1e100")
        let pattern = x.magnitude.bitPattern >> Self.ignoredBits
        guard pattern >= Self.firstPattern else {
            index = 0
            return
        }
        let distance = Int32(truncatingIfNeeded: pattern - Self.firstPattern) + 1
        index = x.sign == .minus ? -distance : distance
    }

    /// The bin of an index; nil where there is none.
    public init?(index: Int) {
        guard index.magnitude <= Self.greatestIndex else { return nil }
        self.init(unchecked: Int32(index))
    }

    private init(unchecked index: Int32) {
        self.index = index
    }

    /// The lower end, exactly. It belongs to a positive bin, and not to the zero bin or a negative one.
    public var lowerEdge: Double {
        index > 0 ? Self.leastMagnitude(index) : -Self.leastMagnitude(1 - index)
    }

    /// The upper end, exactly: the lower end of the next bin. It belongs to a negative bin, and to the highest one, which
    /// ends at ``maximumMagnitude``.
    public var upperEdge: Double {
        index < 0 ? -Self.leastMagnitude(-index) : Self.leastMagnitude(index + 1)
    }

    /// The number that divides the bin's width as `fraction` divides 1. In the zero bin it is always 0, so that an
    /// interpolated value is relatively near to those of the bin there, too.
    public func value(at fraction: Double) -> Double {
        if index == 0 { return 0 }
        let (lower, upper) = (lowerEdge, upperEdge)
        return Swift.min(upper, Swift.max(lower, lower + fraction * (upper - lower)))
    }

    public static func < (left: LogBin, right: LogBin) -> Bool {
        left.index < right.index
    }

    /// The least magnitude in the bin of a positive index, and the end of the highest bin beyond.
    private static func leastMagnitude(_ index: Int32) -> Double {
        let pattern = firstPattern + UInt64(index - 1)
        return Swift.min(Double(bitPattern: pattern << ignoredBits), maximumMagnitude)
    }
}
