import HooklineStatistics
import Testing

@Suite struct SequentialSampleRatioTestTests {
    @Test(arguments: GoldenTable(SequentialRatioGolden.ratio).rows)
    func agreesWithMpmath(row: [Double]) throws {
        let arms = (row.count - 2) / 2
        let observed = row[2..<2 + arms].map { Int64($0) }
        let weights = row[(2 + arms)...].map { Int($0) }
        let test = try SequentialSampleRatioTest(observed: observed, weights: weights)
        // Near 0 it is a difference of logarithms of the order of 1.
        #expect((test.logBayesFactor - row[0]).magnitude < 1e-13 * max(10, row[0].magnitude))
        #expect((test.log10PValue - row[1]).magnitude < 1e-13 * max(10, row[1].magnitude))
        if row[1] > -300 {
            #expect(relativeError(test.pValue, power(row[1])) < 1e-11)
        } else {
            #expect(test.pValue == Double.leastNormalMagnitude)
        }
    }

    /// 10 to a power, by the tail of the chi-squared distribution of 2 degrees of freedom, `exp(-x / 2)`.
    private func power(_ exponent: Double) -> Double {
        ChiSquared(degreesOfFreedom: 2).survival(-2 * 2.302585092994046 * exponent)
    }

    /// Nor does the order of the arms count.
    @Test func oneUnitSaysNothing() throws {
        let test = try SequentialSampleRatioTest(observed: [0, 1, 0], weights: [3, 1, 5])
        #expect(test.logBayesFactor.magnitude < 1e-14)
        #expect(test.pValue > 1 - 1e-14)
        let one = try SequentialSampleRatioTest(observed: [130, 90, 260], weights: [1, 1, 2])
        let other = try SequentialSampleRatioTest(observed: [260, 130, 90], weights: [2, 1, 1])
        #expect((one.logBayesFactor - other.logBayesFactor).magnitude < 1e-13)
    }

    /// By the definition: the mean of the next Bayes factors, as the expected shares weigh them, is this one.
    @Test func isAMartingale() throws {
        let weights = [1, 2, 5]
        let counts: [Int64] = [40, 61, 199]
        let now = try SequentialSampleRatioTest(observed: counts, weights: weights).logBayesFactor
        var mean = 0.0
        for arm in weights.indices {
            var next = counts
            next[arm] += 1
            let change = try SequentialSampleRatioTest(observed: next, weights: weights).logBayesFactor - now
            // exp(-x) is the survival function at 2 x.
            let distribution = ChiSquared(degreesOfFreedom: 2)
            let ratio = distribution.survival(-2 * min(0, change)) / distribution.survival(2 * max(0, change))
            mean += Double(weights[arm]) / 8 * ratio
        }
        #expect((mean - 1).magnitude < 1e-12)
    }

    @Test func anExactRatioIsEvidenceForIt() throws {
        let test = try SequentialSampleRatioTest(observed: [1_000_000_000_000, 3_000_000_000_000], weights: [1, 3])
        #expect(test.logBayesFactor < -10)
        #expect(test.pValue == 1)
        #expect(test.log10PValue == 0)
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
        #expect(throws: refusal) { try SequentialSampleRatioTest(observed: observed, weights: weights) }
    }

    @Test func armsOfWeightZeroAreNotCounted() throws {
        let arms = try SampleRatioTest.armsWithWeight(observed: [7, 100, 900], weights: [0, 1, 9])
        #expect(arms.observed == [100, 900])
        #expect(arms.weights == [1, 9])
        let test = try SampleRatioTest(observed: arms.observed, weights: arms.weights)
        #expect(test.statistic == 0)
        let left = try SampleRatioTest.armsWithWeight(observed: [7, 100], weights: [0, 1])
        #expect(throws: SampleRatioTest.Refusal.fewerThanTwoArms) {
            try SequentialSampleRatioTest(observed: left.observed, weights: left.weights)
        }
        #expect(throws: SampleRatioTest.Refusal.weightNotPositive(arm: 2)) {
            try SampleRatioTest.armsWithWeight(observed: [1, 2, 3], weights: [0, 1, -1])
        }
        #expect(throws: SampleRatioTest.Refusal.negativeCount(arm: 0)) {
            try SampleRatioTest.armsWithWeight(observed: [-1, 2, 3], weights: [0, 1, 1])
        }
        #expect(throws: SampleRatioTest.Refusal.differentNumbersOfArms(observed: 1, weights: 2)) {
            try SampleRatioTest.armsWithWeight(observed: [1], weights: [1, 1])
        }
    }
}

/// 60 looks at 500 units a day at a level of 0.001; scripts/oracles/sequential_ratio.py simulates the same in full.
@Suite struct SequentialSampleRatioSimulationTests {
    /// The distribution function of how many of 500 units come to the first arm.
    private static func cumulative(_ share: Double) -> [Double] {
        var term = (0..<500).reduce(1.0) { product, _ in product * (1 - share) }
        var total = 0.0
        return (0...500).map { count in
            total += term
            term *= Double(500 - count) / Double(count + 1) * share / (1 - share)
            return total
        }
    }

    private func rejections(of runs: Int, share: Double, seed: UInt64) throws -> Int {
        var random = SeededGenerator(seed: seed)
        let cumulative = Self.cumulative(share)
        var rejections = 0
        for _ in 0..<runs {
            var counts: [Int64] = [0, 0]
            for _ in 0..<60 {
                let place = random.unit()
                let first = Int64(cumulative.firstIndex { $0 > place } ?? 500)
                counts[0] += first
                counts[1] += 500 - first
                if try SequentialSampleRatioTest(observed: counts, weights: [1, 1]).pValue <= 0.001 {
                    rejections += 1
                    break
                }
            }
        }
        return rejections
    }

    /// Of 2,000, 2 would be expected if the level were used up; more than 7 once in a thousand times.
    @Test func looksDoNotAddUp() throws {
        #expect(try rejections(of: 2_000, share: 0.5, seed: 43) <= 7)
    }

    @Test func aMismatchIsFound() throws {
        #expect(try rejections(of: 300, share: 0.52, seed: 47) >= 285)
    }
}
