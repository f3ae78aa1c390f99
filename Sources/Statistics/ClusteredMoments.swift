/// The moments of values in clusters, such as the observations of the same viewer: the mean per observation, and its
/// variance where only clusters are independent.
///
/// Over observations: their number N, sum and sum of squares. Over k clusters with `n_i` observations of sum `s_i`:
/// the sums of `s_i^2`, `s_i n_i` and `n_i^2`. All exact, so that observations may come in any order, and be merged.
///
/// A cluster's sum is an exact sum, and its square may need more bits than any fixed width holds. So the three sums
/// over clusters take `s_i` rounded to a pair of doubles (106 bits or more: exact for everyday values). When a cluster
/// grows, the products of its old pair are taken back and those of its new one added, exactly; so the result depends
/// on the clusters as they are and not on how they grew.
///
/// Values are finite, with a magnitude of at most ``ExactSum/maximumMagnitude``.
public struct ClusteredMoments: Sendable, Hashable {
    /// How many values there are: N.
    public var observations: Int64 { values.count }
    /// How many clusters there are: k.
    public private(set) var clusters: Int64 = 0
    /// The observations without their clusters.
    public private(set) var values = Moments()

    private var squaredSums = ExactProductSum()
    private var sumsTimesSizes = ExactProductSum()
    private var squaredSizes: UInt128 = 0

    public init() {}

    /// Adds an observation that is a cluster of its own, and stays one.
    public mutating func addSingle(_ x: Double) {
        addSingles(x, count: 1)
    }

    /// Adds `count` observations of the same value, each a cluster of its own, in constant time.
    public mutating func addSingles(_ x: Double, count: Int64) {
        precondition(count >= 0, "a negative number of observations")
        values.add(repeating: x, count: count)
        squaredSums.add(x, x, times: count)
        sumsTimesSizes.add(x, times: count)
        squaredSizes += UInt128(count)
        clusters += count
    }

    /// Adds an observation to a cluster, in constant time.
    /// - Parameters:
    ///   - x: The observation.
    ///   - count: How many observations the cluster held before; 0 for a new one.
    ///   - sum: Their exact sum, which is empty for a new one.
    public mutating func add(_ x: Double, toClusterOf count: Int64, sum: ExactSum) {
        precondition(count >= 0 && (count > 0 || sum.isZero), "a cluster without observations has no sum")
        var grown = sum
        grown.add(x)
        values.add(x)
        accumulate(sizeOf: count, sum: sum, sign: -1)
        accumulate(sizeOf: count + 1, sum: grown, sign: 1)
    }

    /// Takes an observation out of a cluster that holds `count` observations of that exact sum, `x` among them.
    public mutating func remove(_ x: Double, fromClusterOf count: Int64, sum: ExactSum) {
        precondition(count > 0, "removing an observation from an empty cluster")
        var shrunk = sum
        shrunk.subtract(x)
        precondition(count > 1 || shrunk.isZero, "the sum is not that of the observation")
        values.remove(x)
        accumulate(sizeOf: count, sum: sum, sign: -1)
        accumulate(sizeOf: count - 1, sum: shrunk, sign: 1)
    }

    /// Adds the observations of another part. No cluster has observations in both.
    public mutating func merge(_ other: ClusteredMoments) {
        values.merge(other.values)
        clusters += other.clusters
        squaredSums.add(other.squaredSums)
        sumsTimesSizes.add(other.sumsTimesSizes)
        squaredSizes += other.squaredSizes
    }

    /// Adds a whole cluster to the sums over clusters, or takes it back.
    private mutating func accumulate(sizeOf count: Int64, sum: ExactSum, sign: Int64) {
        guard count > 0 else { return }
        let (high, low) = sum.leadingPair
        squaredSums.accumulate(high, high, times: sign)
        sumsTimesSizes.accumulate(high, times: sign * count)
        if low != 0 {
            squaredSums.accumulate(high, low, times: 2 * sign)
            squaredSums.accumulate(low, low, times: sign)
            sumsTimesSizes.accumulate(low, times: sign * count)
        }
        let square = UInt128(count.magnitude) * UInt128(count.magnitude)
        if sign > 0 {
            squaredSizes += square
            clusters += 1
        } else {
            squaredSizes -= square
            clusters -= 1
        }
    }
}

extension ClusteredMoments: ExactArm {
    /// The mean per observation, correctly rounded; nil where there is none.
    public var mean: Double? { values.mean }

    /// Of the observations, with N - 1, as if they were independent; nil where there are fewer than two.
    public var standardDeviation: Double? { values.standardDeviation }

    /// The cluster-robust variance of the mean, rounded once; nil where there are fewer than two clusters.
    ///
    /// `k / (k - 1) * sum (s_i - m n_i)^2 / N^2` with the mean m: the delta method for a ratio of means (Deng, Knoblich
    /// and Lu, "Applying the Delta Method in Metric Analytics", KDD 2018). Where every cluster has one
    /// observation, it is `variance / n` of ``Moments``, bit for bit. Where all observations are equal, it is 0.
    public var varianceOfMean: Double? { roundedVarianceOfMean?.double }

    /// The degrees of freedom are those of the clusters.
    public var summary: ArmSummary {
        let inner = values
        let spread = ExactVariance.spread(count: inner.count, sum: inner.sum, squares: inner.sumOfSquares)
        return ArmSummary(
            n: clusters,
            observations: inner.count,
            mean: inner.count > 0 ? ExactVariance.mean(count: inner.count, sum: inner.sum) : nil,
            variance: inner.count > 1 ? ExactVariance.variance(count: inner.count, spread: spread) : nil,
            varianceOfMean: roundedVarianceOfMean,
            hasOnlyZeros: inner.sumOfSquares.isZero
        )
    }

    /// With `m = S / N`: `k (N^2 sum s^2 - 2 S N sum s n + S^2 sum n^2) / ((k - 1) N^4)`.
    private var roundedVarianceOfMean: BinaryRounding? {
        guard clusters > 1 else { return nil }
        let (count, total) = (WideNumber(values.count), WideNumber(values.sum))
        let squaredCount = count * count
        let spread =
            squaredCount * WideNumber(squaredSums)
            - WideNumber(2) * total * count * WideNumber(sumsTimesSizes)
            + total * total * WideNumber(unsigned: squaredSizes)
        return (WideNumber(clusters) * spread).divided(by: WideNumber(clusters - 1) * squaredCount * squaredCount)
    }
}

extension ClusteredMoments {
    private static let tag: UInt8 = 2

    /// The moments as canonical bytes: equal moments have equal bytes.
    ///
    /// A tag, the number of clusters as LEB128, the moments of the observations after their length, the sums of
    /// `s_i^2` and `s_i n_i`, each after its length, and the sum of `n_i^2` as LEB128.
    public var encoded: [UInt8] {
        var writer = ByteWriter(tag: Self.tag)
        writer.write(UInt128(clusters))
        writer.write(values.encoded)
        writer.write(squaredSums.encoded)
        writer.write(sumsTimesSizes.encoded)
        writer.write(squaredSizes)
        return writer.bytes
    }

    /// Reads bytes that ``encoded`` wrote; nil for other bytes, and for sums that no clusters can have.
    public init?(encoded: [UInt8]) {
        guard var reader = ByteReader(encoded, tag: Self.tag),
            let clusters = reader.readCount(),
            let values = reader.readBytes().flatMap(Moments.init(encoded:)),
            let squaredSums = reader.readBytes().flatMap(ExactProductSum.init(encoded:)),
            let sumsTimesSizes = reader.readBytes().flatMap(ExactProductSum.init(encoded:)),
            let squaredSizes = reader.readNumber(),
            reader.isAtEnd
        else { return nil }
        self.clusters = clusters
        self.values = values
        self.squaredSums = squaredSums
        self.sumsTimesSizes = sumsTimesSizes
        self.squaredSizes = squaredSizes
        guard isPossible else { return nil }
    }

    private var isPossible: Bool {
        guard clusters > 0 else { return self == ClusteredMoments() }
        // With sizes of at least 1: k <= N <= sum n^2 <= N^2, and by Cauchy and Schwarz sum s^2 sum n^2 >= (sum s n)^2.
        let count = UInt128(observations)
        guard clusters <= observations, count <= squaredSizes, squaredSizes <= count * count else { return false }
        let cross = WideNumber(sumsTimesSizes)
        return !squaredSums.isNegative
            && !(WideNumber(squaredSums) * WideNumber(unsigned: squaredSizes) - cross * cross).isNegative
    }
}
