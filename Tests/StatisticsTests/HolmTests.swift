import HooklineStatistics
import Testing

@Suite struct HolmTests {
    @Test(arguments: GoldenTable(HolmGolden.adjusted).rows)
    func agreesWithStatsmodels(row: [Double]) {
        let adjusted = Holm.adjusted(Array(row[..<(row.count / 2)]))
        for (value, expected) in zip(adjusted, row[(row.count / 2)...]) {
            #expect(relativeError(value, expected) < 1e-15)
        }
    }

    @Test func isEmptyForNone() {
        #expect(Holm.adjusted([]).isEmpty)
    }

    @Test(arguments: 0..<20)
    func isMonotoneAndAboveTheFalseDiscoveryRate(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        // Coarse, so that there are ties.
        let values = (0..<30).map { _ in Double(random.below(20)) / 200 }
        let adjusted = Holm.adjusted(values)
        let pairs = zip(values, adjusted).sorted { $0.0 < $1.0 }
        for (left, right) in zip(pairs, pairs.dropFirst()) {
            #expect(left.0 == right.0 ? left.1 == right.1 : left.1 <= right.1)
        }
        for (value, adjusted) in pairs { #expect(adjusted >= value && adjusted <= 1) }
        #expect(Holm.adjusted(values.reversed()) == adjusted.reversed())
        for (holm, discovery) in zip(adjusted, BenjaminiHochberg.adjusted(values)) {
            #expect(holm >= discovery * (1 - 1e-15))
        }
    }

    #if os(Linux) || os(macOS)
        @Test func refusesWhatIsNoProbability() async {
            await #expect(processExitsWith: .failure) { _ = Holm.adjusted([0.5, .nan]) }
            await #expect(processExitsWith: .failure) { _ = Holm.adjusted([0.5, -0.5]) }
        }
    #endif
}
