/// An exact sum of products of two doubles, for squares and cross products.
///
/// A superaccumulator of 3,072 bits, with the same promises as ``ExactSum``: independent of order, mergeable,
/// reversible, equal bit for bit. It also takes whole numbers, and whole numbers times a double.
public struct ExactProductSum: Sendable, Hashable {
    /// The greatest magnitude of a factor.
    public static let maximumMagnitude: Double = ExactSum.maximumMagnitude

    static let limbCount = 48
    /// The limb of the ones: twice that of `ExactSum`, so that squares of sums line up with sums of squares.
    static let pointLimb = 2 * ExactSum.pointLimb
    static let point = 64 * pointLimb

    private(set) var total = FixedPoint(limbCount: ExactProductSum.limbCount)

    public init() {}

    /// Adds `x * y`; both are finite, with a magnitude of at most ``maximumMagnitude``.
    public mutating func add(_ x: Double, _ y: Double) {
        Self.check(x)
        Self.check(y)
        accumulate(x, y, times: 1)
    }

    /// Takes `x * y` back; bounds as for adding.
    public mutating func subtract(_ x: Double, _ y: Double) {
        Self.check(x)
        Self.check(y)
        accumulate(x, y, times: -1)
    }

    /// Adds `count * x * y` in constant time; the count may be negative.
    public mutating func add(_ x: Double, _ y: Double, times count: Int64) {
        Self.check(x)
        Self.check(y)
        accumulate(x, y, times: count)
    }

    /// Adds `count * x` in constant time; the count may be negative.
    public mutating func add(_ x: Double, times count: Int64) {
        Self.check(x)
        accumulate(x, times: count)
    }

    /// Adds a whole number.
    public mutating func add(_ number: Int64) {
        total.accumulate(number.magnitude, atBit: Self.point, negative: number < 0)
    }

    /// Takes a whole number back.
    public mutating func subtract(_ number: Int64) {
        total.accumulate(number.magnitude, atBit: Self.point, negative: number > 0)
    }

    /// Merges the sum of another part.
    public mutating func add(_ other: ExactProductSum) {
        total.add(other.total)
    }

    /// Takes the sum of a part back.
    public mutating func subtract(_ other: ExactProductSum) {
        total.subtract(other.total)
    }

    public var isZero: Bool { total.isZero }

    public var isNegative: Bool { total.isNegative }

    /// The sum, correctly rounded (half to even).
    public var value: Double {
        total.value(point: Self.point)
    }

    /// The sum as canonical and compact bytes, in the form of ``ExactSum/encoded``.
    public var encoded: [UInt8] {
        total.encoded
    }

    /// Reads bytes that ``encoded`` wrote; nil for anything that it never writes.
    public init?(encoded: [UInt8]) {
        // The lowest bit of a product is 2^-2148.
        let unusedBits = Self.point - 2_148
        guard let total = FixedPoint(encoded: encoded, limbCount: Self.limbCount, unusedBits: unusedBits) else {
            return nil
        }
        self.total = total
    }

    private static func check(_ x: Double) {
        precondition(x.magnitude <= maximumMagnitude, "a factor must be finite and at most 1e100")
    }
}

extension ExactProductSum {
    /// The sum of whatever terms made up an exact number; it must lie within the bits of sums of products.
    init(_ number: WideNumber) {
        for (index, limb) in number.magnitude.enumerated() {
            let bit = Self.point + 64 * (number.scale + index)
            total.accumulate(limb, atBit: bit, negative: number.isNegative)
        }
    }

    /// Adds `count * x * y`. Unlike `add`, takes factors up to 2^63 times the maximum: sums of whole clusters.
    mutating func accumulate(_ x: Double, _ y: Double, times count: Int64) {
        let (left, right) = (DoubleParts(x), DoubleParts(y))
        let product = UInt128(left.significand) * UInt128(right.significand)
        let negative = (left.isNegative != right.isNegative) != (count < 0)
        let bit = left.exponent + right.exponent + Self.point
        guard count.magnitude != 1 else {
            return total.accumulate(product, atBit: bit, negative: negative)
        }
        let multiplier = UInt128(count.magnitude)
        let low = UInt128(UInt64(truncatingIfNeeded: product))
        total.accumulate(low * multiplier, atBit: bit, negative: negative)
        total.accumulate((product >> 64) * multiplier, atBit: bit + 64, negative: negative)
    }

    /// Adds `count * x`, with the same bounds.
    mutating func accumulate(_ x: Double, times count: Int64) {
        let parts = DoubleParts(x)
        total.accumulate(
            UInt128(parts.significand) * UInt128(count.magnitude),
            atBit: parts.exponent + Self.point,
            negative: parts.isNegative != (count < 0)
        )
    }
}
