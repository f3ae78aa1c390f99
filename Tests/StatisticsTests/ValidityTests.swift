import HooklineStatistics
import Testing

/// The short form of the table that `make validate` prints, and that it finds what is broken.
@Suite struct ValidityTests {
    private func broken(_ estimators: ValidityEstimators) async -> [String] {
        var broken: [String] = []
        var count = 0
        for await row in ValidityTable(.short, estimators: estimators).rows {
            count += 1
            if !row.holds { broken.append(row.what) }
        }
        // Five boundaries, four rates of two populations that return or not, two powers, two false alarms, a coverage, two
        // splits.
        #expect(count == 5 + 16 + 2 + 2 + 1 + 2)
        return broken
    }

    @Test func theProductKeepsItsPromises() async {
        #expect(await broken(.product) == [])
    }

    /// Intervals of half the confidence, a split that is judged as if it were looked at once, boundaries that are off.
    @Test func aBrokenEstimatorIsFound() async {
        var estimators = ValidityEstimators.product
        estimators.anytime = { control, treatment, _ in
            AnytimeTest.compare(
                control: control,
                treatment: treatment,
                boundary: AnytimeBoundary(information: 1),
                confidenceLevel: 0.5
            )
        }
        estimators.single = { WelchTest.compare(control: $0, treatment: $1, confidenceLevel: 0.8) }
        estimators.boundaries = { $0.criticalValues().map { $0 * 1.001 } }
        estimators.sampleRatio = { (try? SampleRatioTest(observed: $0, weights: $1))?.pValue ?? 1 }
        let broken = await broken(estimators)
        #expect(broken.contains { $0.hasPrefix("A/A") })
        #expect(broken.contains { $0.hasPrefix("coverage") })
        #expect(broken.contains { $0.hasPrefix("group-sequential") })
    }
}
