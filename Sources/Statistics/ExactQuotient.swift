extension WideNumber {
    /// `self / divisor`, known to 64 bits and whether anything follows: ready to be rounded once.
    /// - Parameter divisor: not zero.
    func divided(by divisor: WideNumber) -> BinaryRounding {
        precondition(!divisor.isZero, "division by zero")
        guard !isZero else { return .zero }
        // Quotient bits depend only on the leading bits of the dividend, down to 64 below the lowest of the divisor;
        // what lies under that decides nothing but whether the quotient is exact.
        let width = divisor.magnitude.count + 2
        var (remainder, isTruncated) = normalized(width: width)
        let (aligned, _) = divisor.normalized(width: width)
        var exponent = exponent - divisor.exponent
        if Self.isAtLeast(remainder, aligned) == false {
            Self.shift(&remainder, by: 1)
            exponent -= 1
        }
        Self.shift(&remainder, by: 63)
        let quotient = Self.divide(&remainder, by: aligned, limbs: width)
        return BinaryRounding(
            isNegative: isNegative != divisor.isNegative,
            significand: quotient,
            isInexact: isTruncated || remainder.contains { $0 != 0 },
            exponent: exponent
        )
    }

    /// The magnitude shifted so that its highest bit is the highest of `width` limbs, with one more limb above them
    /// as headroom; and whether bits that are not zero were cut off below.
    private func normalized(width: Int) -> (limbs: [UInt64], isTruncated: Bool) {
        let shift = UInt64(magnitude[magnitude.count - 1].leadingZeroBitCount)
        var limbs = [UInt64](repeating: 0, count: width + 1)
        var isTruncated = false
        for (index, limb) in magnitude.enumerated() {
            let position = width - magnitude.count + index
            let (low, high) = (limb << shift, limb >> (64 - shift))
            if position >= 0 {
                limbs[position] |= low
            } else {
                isTruncated = isTruncated || low != 0
            }
            if position + 1 >= 0 {
                limbs[position + 1] |= high
            } else {
                isTruncated = isTruncated || high != 0
            }
        }
        return (limbs, isTruncated)
    }

    private static func isAtLeast(_ a: [UInt64], _ b: [UInt64]) -> Bool {
        var index = a.count - 1
        while index >= 0 {
            if a[index] != b[index] { return a[index] > b[index] }
            index -= 1
        }
        return true
    }

    /// Leaves the remainder of a division whose quotient is one limb: step D3 to D6 of Knuth's algorithm D (The Art of
    /// Computer Programming, volume 2, 4.3.1). The highest bit of the divisor's `limbs` is set, so that an estimate by its
    /// highest limb is at most 2 too large.
    private static func divide(_ dividend: inout [UInt64], by divisor: [UInt64], limbs: Int) -> UInt64 {
        let top = divisor[limbs - 1]
        var quotient =
            dividend[limbs] >= top
            ? UInt64.max : top.dividingFullWidth((dividend[limbs], dividend[limbs - 1])).quotient
        var (carry, borrow): (UInt64, UInt64) = (0, 0)
        for index in 0...limbs {
            let product = UInt128(quotient) * UInt128(divisor[index]) + UInt128(carry)
            carry = UInt64(truncatingIfNeeded: product >> 64)
            subtract(UInt64(truncatingIfNeeded: product), from: &dividend[index], &borrow)
        }
        while borrow > 0 {
            quotient -= 1
            var carry: UInt64 = 0
            for index in 0...limbs {
                let sum = UInt128(dividend[index]) + UInt128(divisor[index]) + UInt128(carry)
                dividend[index] = UInt64(truncatingIfNeeded: sum)
                carry = UInt64(truncatingIfNeeded: sum >> 64)
            }
            borrow -= carry
        }
        return quotient
    }

    private static func subtract(_ number: UInt64, from limb: inout UInt64, _ borrow: inout UInt64) {
        let (partial, first) = limb.subtractingReportingOverflow(number)
        let (rest, second) = partial.subtractingReportingOverflow(borrow)
        limb = rest
        borrow = first || second ? 1 : 0
    }

    /// By 1 to 63 bits; what goes beyond the highest limb is lost.
    private static func shift(_ a: inout [UInt64], by bits: UInt64) {
        var carry: UInt64 = 0
        for index in a.indices {
            let limb = a[index]
            a[index] = limb << bits | carry
            carry = limb >> (64 - bits)
        }
    }
}
