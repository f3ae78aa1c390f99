/// A signed fixed-point number of a fixed width: two's-complement limbs of 64 bits, the least significant first.
///
/// This is the storage of a superaccumulator (Kulisch, *Computer Arithmetic and Validity*, 2013): it is wide
/// enough for every term that it will hold, so that addition never rounds and its order never matters.
/// Where the binary point lies is the owner's business. Overflow wraps; owners leave room so that it cannot happen.
struct FixedPoint: Sendable, Hashable {
    private(set) var limbs: [UInt64]

    init(limbCount: Int) {
        limbs = [UInt64](repeating: 0, count: limbCount)
    }

    /// Takes limbs as they are, the least significant first.
    init(limbs: [UInt64]) {
        self.limbs = limbs
    }

    var isNegative: Bool { limbs[limbs.count - 1] >> 63 == 1 }

    var isZero: Bool { limbs.allSatisfy { $0 == 0 } }

    /// Adds or subtracts `magnitude * 2^bit`; the shifted magnitude must not reach beyond the top limb.
    mutating func accumulate(_ magnitude: UInt64, atBit bit: Int, negative: Bool) {
        let limb = bit >> 6
        let offset = UInt64(truncatingIfNeeded: bit & 63)
        let low = magnitude << offset
        // A smart shift by 64 gives 0, which is what offset 0 asks for.
        let high = magnitude >> (64 - offset)
        if negative {
            subtract(low, high, at: limb)
        } else {
            add(low, high, at: limb)
        }
    }

    /// The same for a magnitude of up to 128 bits.
    mutating func accumulate(_ magnitude: UInt128, atBit bit: Int, negative: Bool) {
        let (low, high) = (UInt64(truncatingIfNeeded: magnitude), UInt64(truncatingIfNeeded: magnitude >> 64))
        guard high != 0 else { return accumulate(low, atBit: bit, negative: negative) }
        let limb = bit >> 6
        let offset = UInt64(truncatingIfNeeded: bit & 63)
        let (first, third) = (low << offset, high >> (64 - offset))
        let second = low >> (64 - offset) | high << offset
        if negative {
            subtract(first, second, third, at: limb)
        } else {
            add(first, second, third, at: limb)
        }
    }

    private mutating func add(_ low: UInt64, _ middle: UInt64, _ high: UInt64, at limb: Int) {
        limbs.withUnsafeMutableBufferPointer { limbs in
            precondition(limb >= 0 && limb + 2 < limbs.count, "term outside of the accumulator")
            let (first, firstCarry) = limbs[limb].addingReportingOverflow(low)
            limbs[limb] = first
            let (second, secondCarry) = limbs[limb + 1].addingReportingOverflow(middle)
            let (carriedSecond, thirdCarry) = second.addingReportingOverflow(firstCarry ? 1 : 0)
            limbs[limb + 1] = carriedSecond
            let (third, fourthCarry) = limbs[limb + 2].addingReportingOverflow(high)
            let (carriedThird, carryOut) = third.addingReportingOverflow(secondCarry || thirdCarry ? 1 : 0)
            limbs[limb + 2] = carriedThird
            guard fourthCarry || carryOut else { return }
            Self.carry(into: limbs, at: limb + 3)
        }
    }

    private mutating func subtract(_ low: UInt64, _ middle: UInt64, _ high: UInt64, at limb: Int) {
        limbs.withUnsafeMutableBufferPointer { limbs in
            precondition(limb >= 0 && limb + 2 < limbs.count, "term outside of the accumulator")
            let (first, firstBorrow) = limbs[limb].subtractingReportingOverflow(low)
            limbs[limb] = first
            let (second, secondBorrow) = limbs[limb + 1].subtractingReportingOverflow(middle)
            let (borrowedSecond, thirdBorrow) = second.subtractingReportingOverflow(firstBorrow ? 1 : 0)
            limbs[limb + 1] = borrowedSecond
            let (third, fourthBorrow) = limbs[limb + 2].subtractingReportingOverflow(high)
            let (borrowedThird, borrowOut) = third.subtractingReportingOverflow(secondBorrow || thirdBorrow ? 1 : 0)
            limbs[limb + 2] = borrowedThird
            guard fourthBorrow || borrowOut else { return }
            Self.borrow(from: limbs, at: limb + 3)
        }
    }

    private mutating func add(_ low: UInt64, _ high: UInt64, at limb: Int) {
        limbs.withUnsafeMutableBufferPointer { limbs in
            precondition(limb >= 0 && limb + 1 < limbs.count, "term outside of the accumulator")
            let (first, firstCarry) = limbs[limb].addingReportingOverflow(low)
            limbs[limb] = first
            let (second, secondCarry) = limbs[limb + 1].addingReportingOverflow(high)
            let (carried, carryOut) = second.addingReportingOverflow(firstCarry ? 1 : 0)
            limbs[limb + 1] = carried
            guard secondCarry || carryOut else { return }
            Self.carry(into: limbs, at: limb + 2)
        }
    }

    private mutating func subtract(_ low: UInt64, _ high: UInt64, at limb: Int) {
        limbs.withUnsafeMutableBufferPointer { limbs in
            precondition(limb >= 0 && limb + 1 < limbs.count, "term outside of the accumulator")
            let (first, firstBorrow) = limbs[limb].subtractingReportingOverflow(low)
            limbs[limb] = first
            let (second, secondBorrow) = limbs[limb + 1].subtractingReportingOverflow(high)
            let (borrowed, borrowOut) = second.subtractingReportingOverflow(firstBorrow ? 1 : 0)
            limbs[limb + 1] = borrowed
            guard secondBorrow || borrowOut else { return }
            Self.borrow(from: limbs, at: limb + 2)
        }
    }

    /// Adds 1 to the limbs from an index on.
    private static func carry(into limbs: UnsafeMutableBufferPointer<UInt64>, at start: Int) {
        var index = start
        while index < limbs.count {
            limbs[index] &+= 1
            if limbs[index] != 0 { return }
            index += 1
        }
    }

    /// Subtracts 1 from the limbs from an index on.
    private static func borrow(from limbs: UnsafeMutableBufferPointer<UInt64>, at start: Int) {
        var index = start
        while index < limbs.count {
            limbs[index] &-= 1
            if limbs[index] != .max { return }
            index += 1
        }
    }

    mutating func add(_ other: FixedPoint) {
        precondition(limbs.count == other.limbs.count, "fixed-point numbers of different widths")
        var carry: UInt64 = 0
        for index in limbs.indices {
            let (partial, first) = limbs[index].addingReportingOverflow(other.limbs[index])
            let (total, second) = partial.addingReportingOverflow(carry)
            limbs[index] = total
            carry = first || second ? 1 : 0
        }
    }

    mutating func subtract(_ other: FixedPoint) {
        precondition(limbs.count == other.limbs.count, "fixed-point numbers of different widths")
        var borrow: UInt64 = 0
        for index in limbs.indices {
            let (partial, first) = limbs[index].subtractingReportingOverflow(other.limbs[index])
            let (total, second) = partial.subtractingReportingOverflow(borrow)
            limbs[index] = total
            borrow = first || second ? 1 : 0
        }
    }
}

extension FixedPoint {
    /// The value times `2^-point`, rounded once, half to even; an infinity where it is beyond the greatest double.
    func value(point: Int) -> Double {
        guard let first = limbs.firstIndex(where: { $0 != 0 }) else { return 0 }
        let negative = isNegative
        var top = limbs.count - 1
        while magnitudeLimb(top, first: first, negative: negative) == 0 { top -= 1 }
        let leading = magnitudeLimb(top, first: first, negative: negative)
        let shift = UInt64(leading.leadingZeroBitCount)
        let next = top > 0 ? magnitudeLimb(top - 1, first: first, negative: negative) : 0
        let rounding = BinaryRounding(
            isNegative: negative,
            significand: leading << shift | next >> (64 - shift),
            isInexact: next << shift != 0 || first < top - 1,
            exponent: top * 64 + 63 - Int(shift) - point
        )
        return rounding.double
    }

    /// The magnitude as limbs without zero limbs at either end, and the index of its first limb.
    var magnitude: (limbs: [UInt64], first: Int) {
        guard let first = limbs.firstIndex(where: { $0 != 0 }) else { return ([], 0) }
        let negative = isNegative
        var top = limbs.count - 1
        while magnitudeLimb(top, first: first, negative: negative) == 0 { top -= 1 }
        return ((first...top).map { magnitudeLimb($0, first: first, negative: negative) }, first)
    }

    /// A limb of the absolute value, without building it: negation inverts every bit above the lowest one that is set.
    private func magnitudeLimb(_ index: Int, first: Int, negative: Bool) -> UInt64 {
        guard negative, index >= first else { return limbs[index] }
        return index == first ? 0 &- limbs[index] : ~limbs[index]
    }
}
