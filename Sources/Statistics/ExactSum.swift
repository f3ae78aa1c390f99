/// An exact sum of doubles.
///
/// A superaccumulator of 1,536 bits: every bit of every finite double up to ``maximumMagnitude`` has its place, with
/// room for more than 2^63 terms. So the sum does not depend on the order of the terms, sums of parts can be merged,
/// and a term can be taken back without a trace: equal sums are equal bit for bit, also ``encoded``.
/// Adding takes some nanoseconds and no allocation.
public struct ExactSum: Sendable, Hashable {
    /// The greatest magnitude of a term.
    public static let maximumMagnitude: Double = 1e100

    static let limbCount = 24
    /// The limb of the ones. 17 limbs below it hold 2^-1088, less than the smallest subnormal 2^-1074.
    static let pointLimb = 17
    static let point = 64 * pointLimb

    private(set) var total = FixedPoint(limbCount: ExactSum.limbCount)

    public init() {}

    /// Adds a term: finite, with a magnitude of at most ``maximumMagnitude``. Zero of either sign changes nothing.
    public mutating func add(_ x: Double) {
        precondition(x.magnitude <= Self.maximumMagnitude, "a term must be finite and at most 1e100")
        accumulate(x, negative: x.sign == .minus)
    }

    /// Takes a term back; bounds as for adding.
    public mutating func subtract(_ x: Double) {
        precondition(x.magnitude <= Self.maximumMagnitude, "a term must be finite and at most 1e100")
        accumulate(x, negative: x.sign == .plus)
    }

    /// Merges the sum of another part.
    public mutating func add(_ other: ExactSum) {
        total.add(other.total)
    }

    /// Takes the sum of a part back.
    public mutating func subtract(_ other: ExactSum) {
        total.subtract(other.total)
    }

    /// Adds `count` times `x` in constant time; the count may be negative.
    public mutating func add(_ x: Double, times count: Int64) {
        precondition(x.magnitude <= Self.maximumMagnitude, "a term must be finite and at most 1e100")
        let parts = DoubleParts(x)
        total.accumulate(
            UInt128(parts.significand) * UInt128(count.magnitude),
            atBit: parts.exponent + Self.point,
            negative: parts.isNegative != (count < 0)
        )
    }

    public var isZero: Bool { total.isZero }

    /// The sum, correctly rounded (half to even). The sum of no terms, and of terms that cancel, is 0.
    public var value: Double {
        total.value(point: Self.point)
    }

    /// The sum as bytes, canonical and compact: empty for zero, about 10 bytes for a sum of amounts such as 12.34.
    ///
    /// A byte with the index of the first limb that is not zero, then the limbs from there on in two's complement,
    /// the least significant byte first, without the bytes that only repeat the sign.
    public var encoded: [UInt8] {
        total.encoded
    }

    /// Reads bytes that ``encoded`` wrote; nil for anything that it never writes.
    public init?(encoded: [UInt8]) {
        // The lowest bit of a double is 2^-1074.
        let unusedBits = Self.point - 1_074
        guard let total = FixedPoint(encoded: encoded, limbCount: Self.limbCount, unusedBits: unusedBits) else {
            return nil
        }
        self.total = total
    }

    /// The sum rounded to a pair of doubles: the rounded value, and what it lacks, rounded. More than 106 bits.
    var leadingPair: (high: Double, low: Double) {
        let high = value
        var rest = self
        rest.accumulate(high, negative: high.sign == .plus)
        return (high, rest.value)
    }

    /// Unlike `add`, takes magnitudes up to that of a whole sum.
    private mutating func accumulate(_ x: Double, negative: Bool) {
        let parts = DoubleParts(x)
        total.accumulate(parts.significand, atBit: parts.exponent + Self.point, negative: negative)
    }
}
