import HooklineStatistics
import Testing

/// Means of 1e8 times the standard deviation and more, against exact rational arithmetic.
@Suite struct WelchExactTests {
    private func expectAgreement(_ test: WelchTest, _ row: [Double], tolerance: Double) {
        #expect(test.difference == row[1])
        #expect(relativeError(test.t, row[2]) < tolerance)
        #expect(relativeError(test.degreesOfFreedom, row[3]) < tolerance)
        #expect(relativeError(test.pValue, row[4]) < tolerance * 1_000)
    }

    /// 200,000 values of units are replaced, as a fold of events replaces them.
    @Test(arguments: GoldenTable(ExactGolden.replacements).rows)
    func replacementsLoseNothing(row: [Double]) throws {
        var random = SeededGenerator(seed: 7)
        var values = (0..<2).map { _ in (0..<2_000).map { _ in 1e8 + random.unit() } }
        var arms = values.map { values in
            var moments = Moments()
            for value in values { moments.add(value) }
            return moments
        }
        for _ in 0..<200_000 {
            let (arm, unit) = (random.below(2), random.below(2_000))
            let next = 1e8 + (random.unit() + row[0] * Double(arm))
            arms[arm].replace(values[arm][unit], with: next)
            values[arm][unit] = next
        }
        let test = try WelchTest.compare(control: arms[0], treatment: arms[1]).get()
        expectAgreement(test, row, tolerance: 1e-15)
    }

    @Test(arguments: GoldenTable(ExactGolden.clustered).rows)
    func clustersLoseNothing(row: [Double]) throws {
        var random = SeededGenerator(seed: 11)
        var arms = [ClusteredMoments(), ClusteredMoments()]
        var sums = [[ExactSum]](repeating: Array(repeating: ExactSum(), count: 500), count: 2)
        var counts = [[Int64]](repeating: Array(repeating: 0, count: 500), count: 2)
        for _ in 0..<20_000 {
            let (arm, cluster) = (random.below(2), random.below(500))
            let x = 1e8 + (random.unit() + (Double(cluster) / 500 + row[0] * Double(arm)))
            arms[arm].add(x, toClusterOf: counts[arm][cluster], sum: sums[arm][cluster])
            sums[arm][cluster].add(x)
            counts[arm][cluster] += 1
        }
        let test = try WelchTest.compare(control: arms[0], treatment: arms[1]).get()
        expectAgreement(test, row, tolerance: 1e-15)
    }
}
