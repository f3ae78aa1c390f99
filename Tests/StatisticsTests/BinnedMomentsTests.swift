import HooklineStatistics
import Testing

@Suite struct BinnedMomentsTests {
    private func binned(_ values: some Sequence<Double>) -> BinnedMoments {
        var binned = BinnedMoments()
        for value in values { binned.add(y: value) }
        return binned
    }

    private func moments(_ values: some Sequence<Double>) -> JointMoments {
        var moments = JointMoments()
        for value in values { moments.add(y: value) }
        return moments
    }

    private func values(_ random: inout SeededGenerator, _ seed: UInt64) -> [Double] {
        (0..<200).map { _ in
            switch seed % 3 {
            case 0: random.wideDouble()
            case 1: random.plainDouble()
            default: random.below(2) == 0 ? 0 : 1 / (0.001 + random.unit())
            }
        }
    }

    @Test(arguments: 0..<12)
    func aCapIsThatOfARecount(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let (a, b) = (values(&random, seed), values(&random, seed))
        let arms = [binned(a), binned(b)]
        for (p, ignoringZeros) in [(0.05, false), (0.5, true), (0.9, false), (0.99, true), (0.999, false)] {
            let cap = try #require(BinnedMoments.cap(at: p, over: arms, ignoringZeros: ignoringZeros))
            for (arm, values) in zip(arms, [a, b]) {
                let recount = moments(values.map { Swift.min($0, cap) })
                #expect(arm.capped(at: cap) == recount)
                #expect(arm.capped(at: cap).encoded == recount.encoded)
            }
            let pooled = (a + b).filter { !ignoringZeros || LogBin($0) != .zero }.sorted()
            let unit = pooled[Int((p * Double(pooled.count)).rounded(.up)) - 1]
            #expect(cap == LogBin(unit).upperEdge)
            // No unit up to the percentile changes, and some beyond it do.
            #expect(unit <= cap)
        }
        #expect(arms[0].uncapped == moments(a))
        #expect(arms[0].counts == QuantileSamples.counts(a))
        #expect(arms[0].capped(at: 1e100) == moments(a))
    }

    /// Every kind of edge as a cap, with units on it and next to it.
    @Test(arguments: [-1e100, -2, -0x1p-40, 0x1p-40, 0x1p-39, 1, 1.0078125, 3, 1e100])
    func capsAtEdgesAreExact(cap: Double) {
        let near = [cap, cap.nextUp, cap.nextDown].filter { $0.magnitude <= 1e100 }
        let values = near + [-1e100, -5, -1e-20, 0, 1e-300, 0.5, 7, 1e100]
        #expect(binned(values).capped(at: cap) == moments(values.map { Swift.min($0, cap) }))
    }

    /// The covariate of a unit stays when its value is capped.
    @Test func aCapLeavesTheCovariateAlone() throws {
        var random = SeededGenerator(seed: 5)
        let units = (0..<300).map { _ in (y: random.unit() * 100, x: random.plainDouble()) }
        var binned = BinnedMoments(.covariate)
        for unit in units { binned.add(y: unit.y, x: unit.x) }
        let cap = try #require(BinnedMoments.cap(at: 0.9, over: [binned], ignoringZeros: false))
        var recount = JointMoments(.covariate)
        for unit in units { recount.add(y: Swift.min(unit.y, cap), x: unit.x) }
        #expect(binned.capped(at: cap) == recount)
        #expect(BinnedMoments(encoded: binned.encoded) == binned)
        for unit in units { binned.remove(y: unit.y, x: unit.x) }
        #expect(binned == BinnedMoments(.covariate))
    }

    @Test func zerosCanBeIgnored() {
        let arms = [binned(Array(repeating: 0, count: 90)), binned((1...10).map(Double.init))]
        #expect(BinnedMoments.cap(at: 0.5, over: arms, ignoringZeros: false) == LogBin.smallestMagnitude)
        #expect(BinnedMoments.cap(at: 0.5, over: arms, ignoringZeros: true) == LogBin(5).upperEdge)
        #expect(BinnedMoments.cap(at: 0.99, over: arms, ignoringZeros: false) == LogBin(9).upperEdge)
        #expect(BinnedMoments.cap(at: 0.5, over: [arms[0]], ignoringZeros: true) == nil)
        #expect(BinnedMoments.cap(at: 0.5, over: [], ignoringZeros: false) == nil)
    }

    @Test(arguments: 0..<6)
    func onlyTheRemainingUnitsCount(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var units = values(&random, seed)
        var folded = binned(units)
        for _ in 0..<300 {
            let (index, next) = (random.below(units.count), random.wideDouble())
            folded.remove(y: units[index])
            folded.add(y: next)
            units[index] = next
        }
        let before = folded.encoded
        let other = binned(values(&random, seed))
        folded.merge(other)
        #expect(folded.encoded != before)
        folded.subtract(other)
        #expect(folded.encoded == before)
        var merged = binned(units[..<70].shuffled(using: &random))
        merged.merge(binned(units[70...].shuffled(using: &random)))
        #expect(merged == folded)
        #expect(merged.encoded == before)
        #expect(BinnedMoments(encoded: before) == folded)
        for unit in units { folded.remove(y: unit) }
        #expect(folded == BinnedMoments())
        #expect(folded.encoded == [5, 0, 0])
    }

    @Test func damagedBytesDoNotDecodeToSomethingElse() {
        var random = SeededGenerator(seed: 1)
        let bytes = binned((0..<8).map { _ in random.plainDouble() }).encoded
        for length in 0..<bytes.count { #expect(BinnedMoments(encoded: Array(bytes[..<length])) == nil) }
        #expect(BinnedMoments(encoded: bytes + [0]) == nil)
        for _ in 0..<800 {
            var damaged = bytes
            damaged[random.below(bytes.count)] = UInt8(truncatingIfNeeded: random.next())
            if let decoded = BinnedMoments(encoded: damaged) { #expect(decoded.encoded == damaged) }
        }
    }

    /// Moments in the place of a bin: that of 3 reaches from 3 to 3 + 1/64.
    @Test(
        arguments: [
            ([3.0], 3.0, true), ([3.015], 3.0, true), ([3.0, 3.015], 3.0, true), ([3.016], 3.0, false),
            ([2.9], 3.0, false), ([2.9, 3.1], 3.0, false), ([], 3.0, false), ([-3.0], -3.0, true), ([-3.0], 3.0, false),
            ([1e-13, -1e-13], 0.0, true), ([1e-12], 0.0, false), ([0.0], 3.0, false), ([1e100], 1e100, true),
        ] as [([Double], Double, Bool)]
    )
    func momentsThatTheirBinCannotHoldDoNotDecode(units: [Double], bin: Double, isValid: Bool) {
        let gap = UInt32(LogBin(bin).index - LogBin.lowest.index)
        let bytes = [5, 0, 1] + Self.leb128(gap) + Self.prefixed(moments(units).encoded)
        #expect(BinnedMoments(encoded: bytes)?.encoded == (isValid ? bytes : nil))
    }

    /// Two bins of 2^62 units each are 2^63 together.
    @Test func moreUnitsThanAnIntegerHoldsDoNotDecode() {
        var zeros = JointMoments()
        zeros.add(y: 0, times: 1 << 62)
        var ones = JointMoments()
        ones.add(y: 1, times: 1 << 62)
        let bins = (LogBin(0).index - LogBin.lowest.index, LogBin(1).index - LogBin(0).index - 1)
        let first = Self.leb128(UInt32(bins.0)) + Self.prefixed(zeros.encoded)
        let second = Self.leb128(UInt32(bins.1)) + Self.prefixed(ones.encoded)
        #expect(BinnedMoments(encoded: [5, 0, 1] + first) != nil)
        #expect(BinnedMoments(encoded: [5, 0, 2] + first + second) == nil)
    }

    private static func prefixed(_ bytes: [UInt8]) -> [UInt8] {
        leb128(UInt32(bytes.count)) + bytes
    }

    private static func leb128(_ number: UInt32) -> [UInt8] {
        var (rest, bytes) = (number, [UInt8]())
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }
}
