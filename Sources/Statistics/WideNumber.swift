/// An exact number of any width: `±magnitude * 2^(64 * scale)`.
///
/// The arithmetic between the exact sums and the one rounding at the end. Limbs are the least significant first, with
/// no zero limb at either end, so that sums of everyday values take two to four limbs wherever they lie.
struct WideNumber: Sendable, Hashable {
    let isNegative: Bool
    /// Empty for zero.
    let magnitude: [UInt64]
    let scale: Int

    static let zero = WideNumber(isNegative: false, limbs: [], scale: 0)

    /// Drops zero limbs at either end.
    init(isNegative: Bool, limbs: [UInt64], scale: Int) {
        guard let first = limbs.firstIndex(where: { $0 != 0 }), let last = limbs.lastIndex(where: { $0 != 0 }) else {
            self.isNegative = false
            magnitude = []
            self.scale = 0
            return
        }
        self.isNegative = isNegative
        magnitude = first == 0 && last == limbs.count - 1 ? limbs : Array(limbs[first...last])
        self.scale = scale + first
    }

    init(_ value: Int64) {
        self.init(isNegative: value < 0, limbs: [value.magnitude], scale: 0)
    }

    init(unsigned value: UInt128) {
        let limbs = [UInt64(truncatingIfNeeded: value), UInt64(truncatingIfNeeded: value >> 64)]
        self.init(isNegative: false, limbs: limbs, scale: 0)
    }

    init(finite value: Double) {
        let parts = DoubleParts(value)
        self.init(isNegative: parts.isNegative, significand: parts.significand, exponent: parts.exponent)
    }

    init(_ value: ScaledDouble) {
        let parts = DoubleParts(value.significand)
        let exponent = parts.exponent + value.exponent
        self.init(isNegative: parts.isNegative, significand: parts.significand, exponent: exponent)
    }

    /// `±significand * 2^exponent`.
    private init(isNegative: Bool, significand: UInt64, exponent: Int) {
        let offset = UInt64(truncatingIfNeeded: exponent & 63)
        let limbs = [significand << offset, significand >> (64 - offset)]
        self.init(isNegative: isNegative, limbs: limbs, scale: exponent >> 6)
    }

    init(_ sum: ExactSum) {
        let (limbs, first) = sum.total.magnitude
        self.init(isNegative: sum.total.isNegative, limbs: limbs, scale: first - ExactSum.pointLimb)
    }

    init(_ sum: ExactProductSum) {
        let (limbs, first) = sum.total.magnitude
        self.init(isNegative: sum.total.isNegative, limbs: limbs, scale: first - ExactProductSum.pointLimb)
    }

    var isZero: Bool { magnitude.isEmpty }

    /// The exponent of the highest bit. The number is not zero.
    var exponent: Int {
        64 * (scale + magnitude.count) - 1 - magnitude[magnitude.count - 1].leadingZeroBitCount
    }

    static prefix func - (number: WideNumber) -> WideNumber {
        WideNumber(isNegative: !number.isNegative, limbs: number.magnitude, scale: number.scale)
    }

    static func * (left: WideNumber, right: WideNumber) -> WideNumber {
        guard !left.isZero, !right.isZero else { return .zero }
        var product = [UInt64](repeating: 0, count: left.magnitude.count + right.magnitude.count)
        for (i, multiplier) in left.magnitude.enumerated() {
            var carry: UInt64 = 0
            for (j, limb) in right.magnitude.enumerated() {
                // (2^64 - 1)^2 + 2 * (2^64 - 1) is below 2^128: the two additions cannot overflow.
                let term = UInt128(multiplier) * UInt128(limb) + UInt128(product[i + j]) + UInt128(carry)
                product[i + j] = UInt64(truncatingIfNeeded: term)
                carry = UInt64(truncatingIfNeeded: term >> 64)
            }
            product[i + right.magnitude.count] = carry
        }
        let isNegative = left.isNegative != right.isNegative
        return WideNumber(isNegative: isNegative, limbs: product, scale: left.scale + right.scale)
    }

    static func - (left: WideNumber, right: WideNumber) -> WideNumber {
        left + (-right)
    }

    static func + (left: WideNumber, right: WideNumber) -> WideNumber {
        if left.isZero { return right }
        if right.isZero { return left }
        let scale = Swift.min(left.scale, right.scale)
        let top = Swift.max(left.scale + left.magnitude.count, right.scale + right.magnitude.count)
        let count = top - scale + 1
        let (a, b) = (left.limbs(from: scale, count: count), right.limbs(from: scale, count: count))
        if left.isNegative == right.isNegative {
            return WideNumber(isNegative: left.isNegative, limbs: sum(a, b), scale: scale)
        }
        if isLess(a, b) {
            return WideNumber(isNegative: right.isNegative, limbs: difference(b, a), scale: scale)
        }
        return WideNumber(isNegative: left.isNegative, limbs: difference(a, b), scale: scale)
    }
}

extension WideNumber {
    /// The magnitude as `count` limbs of which the first stands for `2^(64 * scale)`.
    private func limbs(from scale: Int, count: Int) -> [UInt64] {
        var limbs = [UInt64](repeating: 0, count: count)
        for (index, limb) in magnitude.enumerated() {
            limbs[self.scale - scale + index] = limb
        }
        return limbs
    }

    private static func sum(_ a: [UInt64], _ b: [UInt64]) -> [UInt64] {
        var total = a
        var carry: UInt64 = 0
        for index in total.indices {
            let term = UInt128(a[index]) + UInt128(b[index]) + UInt128(carry)
            total[index] = UInt64(truncatingIfNeeded: term)
            carry = UInt64(truncatingIfNeeded: term >> 64)
        }
        return total
    }

    /// `a - b`, which must not be negative.
    private static func difference(_ a: [UInt64], _ b: [UInt64]) -> [UInt64] {
        var rest = a
        var borrow: UInt64 = 0
        for index in rest.indices {
            let (partial, first) = a[index].subtractingReportingOverflow(b[index])
            let (limb, second) = partial.subtractingReportingOverflow(borrow)
            rest[index] = limb
            borrow = first || second ? 1 : 0
        }
        return rest
    }

    private static func isLess(_ a: [UInt64], _ b: [UInt64]) -> Bool {
        for index in a.indices.reversed() where a[index] != b[index] {
            return a[index] < b[index]
        }
        return false
    }
}
