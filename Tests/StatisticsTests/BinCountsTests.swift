import HooklineStatistics
import Testing

@Suite struct BinCountsTests {
    @Test(arguments: GoldenTable(QuantileGolden.quantiles).rows)
    func quantilesAreThoseOfNumpyWithinABin(row: [Double]) throws {
        let counts = QuantileSamples.counts(QuantileSamples.values(kind: row[0], seed: row[1], count: row[2]))
        let quantile = try #require(counts.quantile(row[3]))
        #expect(LogBin(quantile) == LogBin(row[4]) || quantile == LogBin(row[4]).upperEdge)
        #expect(relativeError(quantile, row[4]) <= 1 / 128.0)
    }

    /// Four values in the bin from 1 to 1 + 1/128, and one at 0.
    @Test func ranksWithinABinAreSpreadEvenly() {
        var counts = BinCounts()
        #expect(counts.quantile(0.5) == nil)
        counts.add(1, times: 4)
        counts.add(0)
        #expect(counts.quantile(0.1) == 0)
        #expect(counts.quantile(0.2) == 0)
        #expect(counts.quantile(0.4) == 1.001953125)
        #expect(counts.quantile(0.6) == 1.00390625)
        #expect(counts.total == 5)
        #expect(counts.binCount == 2)
        #expect(counts[LogBin(1)] == 4)
        #expect(counts[LogBin(2)] == 0)
    }

    @Test(arguments: 0..<10)
    func onlyTheRemainingValuesCount(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var values = (0..<300).map { _ in seed < 5 ? random.wideDouble() : random.plainDouble() }
        var folded = QuantileSamples.counts(values)
        let before = folded.encoded
        let other = QuantileSamples.counts((0..<200).map { _ in random.plainDouble() })
        folded.merge(other)
        #expect(folded.encoded != before)
        folded.subtract(other)
        #expect(folded.encoded == before)
        for _ in 0..<100 { folded.remove(values.removeLast()) }
        var merged = QuantileSamples.counts(values[..<50].shuffled(using: &random))
        merged.merge(QuantileSamples.counts(values[50...].shuffled(using: &random)))
        #expect(merged == folded)
        #expect(merged.encoded == folded.encoded)
        let parts = [values[..<120], [], values[120...]].map { QuantileSamples.counts($0) }
        #expect(BinCounts(merging: parts) == folded && BinCounts(merging: parts[1...1]) == BinCounts())
        #expect(BinCounts(encoded: folded.encoded) == folded)
        #expect(folded.total == 200)
        for x in values { folded.remove(x) }
        #expect(folded == BinCounts())
        #expect(folded.encoded == [4, 0])
    }

    @Test func entriesAscend() {
        let counts = QuantileSamples.counts([3, -2, 0, 3, 1e-300, 1e100])
        #expect(counts.entries.map(\.count) == [1, 2, 2, 1])
        #expect(counts.entries.map(\.bin) == [LogBin(-2), .zero, LogBin(3), .highest])
    }

    @Test func everydayCountsAreShort() {
        let counts = QuantileSamples.counts(QuantileSamples.values(kind: 0, seed: 1, count: 20_000))
        #expect(counts.binCount > 800)
        #expect(counts.encoded.count < 3 * counts.binCount)
    }

    @Test func damagedBytesDoNotDecodeToSomethingElse() {
        var random = SeededGenerator(seed: 1)
        let bytes = QuantileSamples.counts((0..<40).map { _ in random.plainDouble() }).encoded
        for length in 0..<bytes.count { #expect(BinCounts(encoded: Array(bytes[..<length])) == nil) }
        #expect(BinCounts(encoded: bytes + [0]) == nil)
        var decodedCount = 0
        for _ in 0..<5_000 {
            var damaged = bytes
            damaged[random.below(bytes.count)] = UInt8(truncatingIfNeeded: random.next())
            if let decoded = BinCounts(encoded: damaged) {
                decodedCount += 1
                #expect(decoded.encoded == damaged)
                #expect(decoded.total == decoded.entries.reduce(0) { $0 + $1.count })
            }
        }
        #expect(decodedCount > 500)
    }

    /// Tag 4, the number of bins, then gap and count, each minus 1. The lowest bin is -47,635: 47,635 = 0x93 0xF4 0x02.
    @Test(
        arguments: [
            ([], false), ([4], false), ([4, 0], true), ([3, 0], false), ([5, 0], false), ([4, 0x80, 0], false),
            ([4, 1, 0x93, 0xF4, 2, 0], true), ([4, 1, 0, 0], true), ([4, 1, 0, 0, 0], false), ([4, 2, 0, 0], false),
            ([4, 2, 0, 0, 0, 6], true), ([4, 1, 0xA6, 0xE8, 5, 0], true), ([4, 1, 0xA7, 0xE8, 5, 0], false),
            ([4, 2, 0xA6, 0xE8, 5, 0, 0, 0], false),
            ([4, 1, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1, 0], false),
            // 2^63 values of one bin, and one less; then 2^63 in two bins.
            ([4, 1, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], false),
            ([4, 1, 0, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], true),
            ([4, 2, 0, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 0, 0], false),
        ] as [([UInt8], Bool)]
    )
    func bytesOfImpossibleCountsDoNotDecode(bytes: [UInt8], isValid: Bool) {
        #expect(BinCounts(encoded: bytes)?.encoded == (isValid ? bytes : nil))
    }
}
