import HooklineStatistics
import Testing

@Suite struct MomentsTests {
    private func moments(_ values: some Sequence<Double>) -> Moments {
        var moments = Moments()
        for value in values { moments.add(value) }
        return moments
    }

    @Test(arguments: GoldenTable(ExactGolden.moments).rows)
    func roundAsFractionsDo(row: [Double]) throws {
        let moments = moments(row.dropFirst(4))
        #expect(moments.mean == row[0])
        #expect(moments.variance == row[1])
        #expect(moments.varianceOfMean == row[3])
        #expect(relativeError(try #require(moments.standardDeviation), row[2]) < 3e-16)
    }

    @Test func areNilWithoutEnoughValues() {
        #expect(Moments().mean == nil)
        #expect(moments([3]).mean == 3)
        #expect(moments([3]).variance == nil)
        #expect(moments([3]).standardDeviation == nil)
        #expect(moments([3]).varianceOfMean == nil)
    }

    @Test func billionsOfRepetitionsAreOneCall() {
        var moments = Moments()
        moments.add(repeating: 1, count: 3_000_000_000)
        moments.add(repeating: 0, count: 5_000_000_000)
        #expect(moments.count == 8_000_000_000)
        #expect(moments.mean == 0.375)
        // 3/8 * 5/8 * n / (n - 1), by exact fractions.
        #expect(moments.variance == 0.234375000029296875)
    }

    @Test(arguments: 0..<10)
    func repetitionsEqualSingleValues(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let (x, count) = (random.wideDouble(), 1 + random.below(40))
        var repeated = Moments()
        repeated.add(repeating: x, count: Int64(count))
        #expect(repeated == moments(repeatElement(x, count: count)))
        #expect(repeated.variance == (count > 1 ? 0 : nil))
    }

    @Test(arguments: 0..<10)
    func onlyTheRemainingValuesCount(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var values = (0..<100).map { _ in random.wideDouble() }
        var folded = moments(values)
        for _ in 0..<500 {
            let (index, next) = (random.below(values.count), random.wideDouble())
            folded.replace(values[index], with: next)
            values[index] = next
        }
        folded.remove(values.removeLast())
        #expect(folded == moments(values.shuffled(using: &random)))
        #expect(folded.encoded == moments(values).encoded)
        var merged = moments(values[..<30])
        merged.merge(moments(values[30...]))
        #expect(merged == folded)
    }

    @Test func removingEverythingLeavesNothing() {
        var moments = moments([1e100, 0.1, -.leastNonzeroMagnitude])
        for x in [-.leastNonzeroMagnitude, 1e100, 0.1] { moments.remove(x) }
        #expect(moments == Moments())
        #expect(moments.encoded == Moments().encoded)
    }

    @Test(arguments: 0..<10)
    func roundTrip(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var moments = Moments()
        for _ in 0..<50 {
            #expect(Moments(encoded: moments.encoded) == moments)
            moments.add(seed < 5 ? random.wideDouble() : random.plainDouble())
        }
        if seed >= 5 { #expect(moments.encoded.count < 50) }
    }

    @Test func damagedBytesDoNotDecodeToSomethingElse() {
        var random = SeededGenerator(seed: 1)
        let bytes = moments((0..<9).map { _ in random.plainDouble() }).encoded
        for length in 0..<bytes.count { #expect(Moments(encoded: Array(bytes[..<length])) == nil) }
        #expect(Moments(encoded: bytes + [0]) == nil)
        for _ in 0..<5_000 {
            var damaged = bytes
            damaged[random.below(bytes.count)] = UInt8(truncatingIfNeeded: random.next())
            if let decoded = Moments(encoded: damaged) { #expect(decoded.encoded == damaged) }
        }
    }

    /// Tag 1, count, length and bytes of the sum, length and bytes of the sum of squares (whose ones are in limb 34).
    @Test(
        arguments: [
            ([], false), ([1], false), ([2, 0, 0, 0], false), ([1, 0, 0, 0], true), ([1, 0x80, 0, 0, 0], false),
            ([1, 1, 2, 17, 3, 2, 34, 9], true), ([1, 1, 2, 17, 3, 2, 34, 8], false), ([1, 2, 0, 0], true),
            ([1, 0, 2, 17, 3, 2, 34, 9], false), ([1, 1, 0, 2, 34, 0xFF], false), ([1, 1, 0, 2, 47, 1], false),
        ] as [([UInt8], Bool)]
    )
    func bytesOfImpossibleMomentsDoNotDecode(bytes: [UInt8], isValid: Bool) {
        #expect(Moments(encoded: bytes)?.encoded == (isValid ? bytes : nil))
    }
}
