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
            Self.double(&remainder)
            exponent -= 1
        }
        var quotient: UInt64 = 0
        for _ in 0..<64 {
            quotient <<= 1
            if Self.isAtLeast(remainder, aligned) {
                quotient |= 1
                Self.subtract(aligned, from: &remainder)
            }
            Self.double(&remainder)
        }
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

    private static func subtract(_ b: [UInt64], from a: inout [UInt64]) {
        var borrow: UInt64 = 0
        for index in a.indices {
            let (partial, first) = a[index].subtractingReportingOverflow(b[index])
            let (limb, second) = partial.subtractingReportingOverflow(borrow)
            a[index] = limb
            borrow = first || second ? 1 : 0
        }
    }

    private static func double(_ a: inout [UInt64]) {
        var carry: UInt64 = 0
        for index in a.indices {
            let limb = a[index]
            a[index] = limb << 1 | carry
            carry = limb >> 63
        }
    }
}
