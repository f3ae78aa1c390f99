import HooklineStatistics
import Testing

@Suite struct SampleRatioTestTests {
    @Test(arguments: GoldenTable(InferenceGolden.ratio).rows)
    func agreesWithScipy(row: [Double]) throws {
        let arms = (row.count - 2) / 2
        let observed = row[2..<2 + arms].map { Int64($0) }
        let weights = row[(2 + arms)...].map { Int($0) }
        let test = try SampleRatioTest(observed: observed, weights: weights)
        #expect(relativeError(test.statistic, row[0]) < 1e-13)
        #expect(relativeError(test.pValue, row[1]) < 1e-11)
        #expect(relativeError(test.log10PValue, log10(row[1])) < 1e-12)
        #expect(test.degreesOfFreedom == arms - 1)
    }

    private func log10(_ x: Double) -> Double {
        // log(p) of an exponential distribution: -x/2 at the quantile of p.
        -ChiSquared(degreesOfFreedom: 2).upperQuantile(x) / (2 * 2.302585092994046)
    }

    @Test func expectedCountsFollowTheWeights() throws {
        let test = try SampleRatioTest(observed: [10, 20, 30], weights: [1, 2, 5])
        #expect(test.expected == [7.5, 15, 37.5])
    }

    @Test func anExactRatioHasPOne() throws {
        let test = try SampleRatioTest(
            observed: [1_000_000_000_000_000_003, 3_000_000_000_000_000_009],
            weights: [1, 3]
        )
        #expect(test.statistic == 0)
        #expect(test.pValue == 1)
        #expect(test.log10PValue == 0)
    }

    /// A difference of 1 in 2e18 units is exact: (1/2)^2 / 1e18 twice.
    @Test func differencesOfHugeCountsAreExact() throws {
        let test = try SampleRatioTest(
            observed: [1_000_000_000_000_000_001, 1_000_000_000_000_000_000],
            weights: [1, 1]
        )
        #expect(relativeError(test.statistic, 5e-19) < 1e-15)
    }

    /// The statistic is 1e6 * 1e6 / 1e6 here, so p is about exp(-5e5).
    @Test func pIsNeverZero() throws {
        let test = try SampleRatioTest(observed: [1_000_000, 0], weights: [1, 1])
        #expect(test.statistic == 1_000_000)
        #expect(test.pValue == Double.leastNormalMagnitude)
        // log10(erfc(sqrt(5e5))), mpmath 1.3.0.
        #expect(relativeError(test.log10PValue, -217150.339011998722) < 1e-14)
    }

    @Test(
        arguments: [
            ([], [], .fewerThanTwoArms), ([3], [1], .fewerThanTwoArms), ([0, 0], [1, 1], .noUnits),
            ([1, 2], [1], .differentNumbersOfArms(observed: 2, weights: 1)),
            ([1, -2], [1, 1], .negativeCount(arm: 1)),
            ([1, 2], [0, 1], .weightNotPositive(arm: 0)), ([.max, 1], [1, 1], .totalTooLarge),
            ([1, 1], [.max, 1], .totalTooLarge),
        ] as [([Int64], [Int], SampleRatioTest.Refusal)]
    )
    func refuses(observed: [Int64], weights: [Int], refusal: SampleRatioTest.Refusal) {
        #expect(throws: refusal) { try SampleRatioTest(observed: observed, weights: weights) }
    }
}
