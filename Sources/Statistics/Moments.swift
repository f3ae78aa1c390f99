/// The moments of independent values: how many, their exact sum, and the exact sum of their squares.
///
/// Adding, removing and replacing take constant time, in any order; the result is that of the values which remain, bit
/// for bit. Values are finite, with a magnitude of at most ``ExactSum/maximumMagnitude``.
public struct Moments: Sendable, Hashable {
    public private(set) var count: Int64 = 0
    public private(set) var sum = ExactSum()
    public private(set) var sumOfSquares = ExactProductSum()

    public init() {}

    public mutating func add(_ x: Double) {
        sum.add(x)
        sumOfSquares.add(x, x)
        count += 1
    }

    /// Removes a value that was added before.
    public mutating func remove(_ x: Double) {
        precondition(count > 0, "removing a value from empty moments")
        sum.subtract(x)
        sumOfSquares.subtract(x, x)
        count -= 1
    }

    /// Replaces a value that was added before.
    public mutating func replace(_ old: Double, with new: Double) {
        precondition(count > 0, "replacing a value of empty moments")
        sum.subtract(old)
        sum.add(new)
        sumOfSquares.subtract(old, old)
        sumOfSquares.add(new, new)
    }

    /// Adds the same value `count` times, in constant time: three billion successes are one call.
    public mutating func add(repeating x: Double, count: Int64) {
        precondition(count >= 0, "a negative number of values")
        sum.add(x, times: count)
        sumOfSquares.add(x, x, times: count)
        self.count += count
    }

    /// Adds the values of another part.
    public mutating func merge(_ other: Moments) {
        sum.add(other.sum)
        sumOfSquares.add(other.sumOfSquares)
        count += other.count
    }

    /// The mean, correctly rounded; nil where there is no value.
    public var mean: Double? {
        count > 0 ? ExactVariance.mean(count: count, sum: sum).rounded.double : nil
    }

    /// The unbiased variance (divided by n - 1), correctly rounded; nil where there are fewer than two values.
    public var variance: Double? {
        count > 1 ? ExactVariance.variance(count: count, spread: spread).double : nil
    }

    /// The square root of the variance, within one unit in the last place; nil where there are fewer than two values.
    ///
    /// It holds where the variance itself is too small for a double.
    public var standardDeviation: Double? {
        count > 1 ? ExactVariance.variance(count: count, spread: spread).scaled.squareRoot.double : nil
    }

    /// The variance of the mean, `variance / n`, rounded once; nil where there are fewer than two values.
    public var varianceOfMean: Double? {
        count > 1 ? ExactVariance.varianceOfMean(count: count, spread: spread).double : nil
    }

    private var spread: WideNumber {
        ExactVariance.spread(count: count, sum: sum, squares: sumOfSquares)
    }
}

extension Moments: ExactArm {
    public var summary: ArmSummary {
        let spread = count > 1 ? spread : .zero
        return ArmSummary(
            n: count,
            observations: count,
            mean: count > 0 ? ExactVariance.mean(count: count, sum: sum) : nil,
            variance: count > 1 ? ExactVariance.variance(count: count, spread: spread) : nil,
            varianceOfMean: count > 1 ? ExactVariance.varianceOfMean(count: count, spread: spread) : nil,
            hasOnlyZeros: sumOfSquares.isZero
        )
    }
}

extension Moments {
    private static let tag: UInt8 = 1

    /// The moments as canonical bytes: equal moments have equal bytes.
    ///
    /// A tag, the count as LEB128, then the two sums, each after its length.
    public var encoded: [UInt8] {
        var writer = ByteWriter(tag: Self.tag)
        writer.write(UInt128(count))
        writer.write(sum.encoded)
        writer.write(sumOfSquares.encoded)
        return writer.bytes
    }

    /// Reads bytes that ``encoded`` wrote; nil for other bytes, and for sums that no values can have.
    public init?(encoded: [UInt8]) {
        guard var reader = ByteReader(encoded, tag: Self.tag),
            let count = reader.readCount(),
            let sum = reader.readBytes().flatMap(ExactSum.init(encoded:)),
            let squares = reader.readBytes().flatMap(ExactProductSum.init(encoded:)),
            reader.isAtEnd,
            ExactVariance.isPossible(count: count, sum: sum, squares: squares)
        else { return nil }
        self.count = count
        self.sum = sum
        sumOfSquares = squares
    }
}
