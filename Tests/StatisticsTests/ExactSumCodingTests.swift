import HooklineStatistics
import Testing

@Suite struct ExactSumCodingTests {
    @Test func zeroIsEmpty() {
        #expect(ExactSum().encoded.isEmpty)
        #expect(ExactSum(encoded: []) == ExactSum())
        #expect(ExactProductSum().encoded.isEmpty)
    }

    /// Limb 17 is that of the ones, so the format is fixed by these bytes.
    @Test(
        arguments: [
            (1.0, [17, 1]), (-1.0, [17, 0xFF]), (127.0, [17, 0x7F]), (128.0, [17, 0x80, 0]), (-128.0, [17, 0x80]),
            (-129.0, [17, 0x7F, 0xFF]), (0.5, [16, 0, 0, 0, 0, 0, 0, 0, 0x80, 0]),
            (-0.5, [16, 0, 0, 0, 0, 0, 0, 0, 0x80]),
            (Double.leastNonzeroMagnitude, [0, 0, 0x40]), (0x1p64, [18, 1]), (0x1p-64, [16, 1]),
        ] as [(Double, [UInt8])]
    )
    func bytesAreCanonical(x: Double, bytes: [UInt8]) {
        var sum = ExactSum()
        sum.add(x)
        #expect(sum.encoded == bytes)
        #expect(ExactSum(encoded: bytes) == sum)
    }

    @Test func everydaySumsAreShort() {
        var sum = ExactSum()
        for cents in 0..<10_000 { sum.add(12.34 + Double(cents) / 100) }
        #expect(sum.encoded.count < 15)
    }

    @Test(arguments: 0..<10)
    func roundTrips(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var sum = ExactSum()
        var products = ExactProductSum()
        for _ in 0..<100 {
            let (x, y) = (random.wideDouble(), random.wideDouble())
            sum.add(x)
            products.add(x, y)
            #expect(ExactSum(encoded: sum.encoded) == sum)
            #expect(ExactProductSum(encoded: products.encoded) == products)
        }
    }

    /// What decodes is what is encoded, byte for byte; so nothing else decodes.
    @Test func noOtherBytesDecode() {
        var random = SeededGenerator(seed: 9)
        var decoded = 0
        for _ in 0..<50_000 {
            let filler = UInt8(random.below(2) * 0xFF)
            let bytes = (0..<random.below(14)).map { index -> UInt8 in
                if index == 0 { return UInt8(random.below(26)) }
                return random.below(2) == 0 ? filler : UInt8(truncatingIfNeeded: random.next())
            }
            if let sum = ExactSum(encoded: bytes) {
                decoded += 1
                #expect(sum.encoded == bytes)
            }
        }
        #expect(decoded > 10_000)
    }

    @Test(
        arguments: [
            [17], [17, 0], [17, 0, 0, 0], [17, 1, 0], [17, 0xFF, 0xFF], [24, 1], [255, 1],
            [16, 0, 0, 0, 0, 0, 0, 0, 0, 1], [23, 1, 2, 3, 4, 5, 6, 7, 8, 9], [0, 1], [0, 0xFF, 0x1F],
        ] as [[UInt8]]
    )
    func refuses(bytes: [UInt8]) {
        #expect(ExactSum(encoded: bytes) == nil)
    }
}
