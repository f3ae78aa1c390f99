import HooklineStatistics
import Testing

@Suite struct BenjaminiHochbergTests {
    @Test(arguments: GoldenTable(InferenceGolden.discoveries).rows)
    func agreesWithScipy(row: [Double]) {
        let adjusted = BenjaminiHochberg.adjusted(Array(row[..<(row.count / 2)]))
        for (value, expected) in zip(adjusted, row[(row.count / 2)...]) {
            #expect(relativeError(value, expected) < 1e-15)
        }
    }

    @Test func isEmptyForNone() {
        #expect(BenjaminiHochberg.adjusted([]).isEmpty)
    }

    @Test(arguments: 0..<20)
    func isMonotoneAndFollowsTheOrder(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        // Coarse, so that there are ties.
        let values = (0..<30).map { _ in Double(random.below(20)) / 20 }
        let adjusted = BenjaminiHochberg.adjusted(values)
        let pairs = zip(values, adjusted).sorted { $0.0 < $1.0 }
        for (left, right) in zip(pairs, pairs.dropFirst()) {
            #expect(left.0 == right.0 ? left.1 == right.1 : left.1 <= right.1)
        }
        for (value, adjusted) in pairs { #expect(adjusted >= value && adjusted <= 1) }
        #expect(BenjaminiHochberg.adjusted(values.reversed()) == adjusted.reversed())
    }

    #if os(Linux) || os(macOS)
        @Test func refusesWhatIsNoProbability() async {
            await #expect(processExitsWith: .failure) { _ = BenjaminiHochberg.adjusted([0.5, .nan]) }
            await #expect(processExitsWith: .failure) { _ = BenjaminiHochberg.adjusted([0.5, 1.5]) }
        }
    #endif
}
