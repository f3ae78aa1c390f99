import HooklineStatistics
import Testing

@Suite struct JointMomentsCodingTests {
    @Test(arguments: JointUnit.shapes, [true, false])
    func roundTrip(shape: JointMoments.Shape, isWide: Bool) {
        var random = SeededGenerator(seed: 1)
        var moments = JointMoments(shape)
        for _ in 0..<30 {
            #expect(JointMoments(encoded: moments.encoded) == moments)
            var unit = JointUnit(shape, random: &random)
            if !isWide {
                unit = JointUnit(
                    y: random.plainDouble(),
                    d: unit.d.map { _ in random.plainDouble() },
                    x: unit.x.map { _ in random.plainDouble() }
                )
            }
            moments.add(unit)
        }
        let sums = 1 + shape.rawValue.nonzeroBitCount
        if !isWide { #expect(moments.encoded.count < 3 + 12 * sums + 22 * sums * (sums + 1) / 2) }
    }

    @Test(arguments: JointUnit.shapes)
    func unitsOfEveryNumberAreOnTheBoundaryOfThePossible(shape: JointMoments.Shape) {
        // So few units leave minors of 0, which must not be taken for negative ones.
        for units in [[1.0], [1, 2], [1, 2, 4], [3, 3, 3, 3]] {
            let moments = JointMoments(
                shape,
                units: units.map { value in
                    JointUnit(
                        y: value,
                        d: shape.contains(.denominator) ? 2 * value + 1 : nil,
                        x: shape.contains(.covariate) ? 1e100 : nil
                    )
                }
            )
            #expect(JointMoments(encoded: moments.encoded) == moments)
        }
    }

    @Test(arguments: JointUnit.shapes)
    func damagedBytesDoNotDecodeToSomethingElse(shape: JointMoments.Shape) {
        var random = SeededGenerator(seed: 2)
        var moments = JointMoments(shape)
        for _ in 0..<9 {
            moments.add(
                y: random.plainDouble(),
                d: shape.contains(.denominator) ? random.plainDouble() : nil,
                x: shape.contains(.covariate) ? random.plainDouble() : nil
            )
        }
        let bytes = moments.encoded
        for length in 0..<bytes.count { #expect(JointMoments(encoded: Array(bytes[..<length])) == nil) }
        #expect(JointMoments(encoded: bytes + [0]) == nil)
        for _ in 0..<5_000 {
            var damaged = bytes
            damaged[random.below(bytes.count)] = UInt8(truncatingIfNeeded: random.next())
            if let decoded = JointMoments(encoded: damaged) { #expect(decoded.encoded == damaged) }
        }
    }

    /// Tag 3, shape, count, then the sums and the sums of products after their lengths: a number m is 2, 17, m as a
    /// sum, and 2, 34, m as a sum of products.
    @Test(
        arguments: [
            ([], false), ([3], false), ([3, 0, 0, 0, 0], true), ([1, 0, 0, 0, 0], false),
            // Shapes that do not exist, or that have other sums.
            ([3, 4, 0, 0, 0], false), ([3, 0x80, 0, 0, 0, 0], false), ([3, 1, 0, 0, 0], false),
            ([3, 1, 0, 0, 0, 0, 0, 0], true), ([3, 2, 0, 0, 0, 0, 0, 0], true), ([3, 0, 0, 0, 0, 0, 0, 0], false),
            ([3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], true), ([3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], false),
            // One value of 3; its square can neither be less nor more. No values have no sums.
            ([3, 0, 1, 2, 17, 3, 2, 34, 9], true), ([3, 0, 1, 2, 17, 3, 2, 34, 8], false),
            ([3, 0, 1, 2, 17, 3, 2, 34, 10], false), ([3, 0, 2, 2, 17, 3, 2, 34, 10], true),
            ([3, 0, 0, 2, 17, 3, 2, 34, 9], false), ([3, 0, 2, 0, 2, 34, 0xFF], false),
            ([3, 0, 2, 0, 2, 47, 1], false),
            // y of 0 and 2, d of 1 and 1: the product with a constant is that of the sum.
            ([3, 1, 2, 2, 17, 2, 2, 17, 2, 2, 34, 4, 2, 34, 2, 2, 34, 2], true),
            ([3, 1, 2, 2, 17, 2, 2, 17, 2, 2, 34, 4, 2, 34, 3, 2, 34, 2], false),
            // Five units, all sums 0, squares of 10: y correlates by .9 with d and x, which then cannot be independent.
            ([3, 3, 5, 0, 0, 0, 2, 34, 10, 2, 34, 9, 2, 34, 10, 2, 34, 9, 0, 2, 34, 10], false),
            ([3, 3, 5, 0, 0, 0, 2, 34, 10, 2, 34, 9, 2, 34, 10, 2, 34, 9, 2, 34, 8, 2, 34, 10], true),
            // Three units have no room for three variables that are not on a line or in a plane.
            ([3, 3, 3, 0, 0, 0, 2, 34, 10, 2, 34, 9, 2, 34, 10, 2, 34, 9, 2, 34, 8, 2, 34, 10], false),
        ] as [([UInt8], Bool)]
    )
    func bytesOfImpossibleMomentsDoNotDecode(bytes: [UInt8], isValid: Bool) {
        #expect(JointMoments(encoded: bytes)?.encoded == (isValid ? bytes : nil))
    }
}
