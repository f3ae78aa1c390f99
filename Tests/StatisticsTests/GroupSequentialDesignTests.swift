import HooklineStatistics
import Testing

@Suite struct GroupSequentialDesignTests {
    private func equalLooks(_ count: Int) -> [Double] {
        (1...count).map { Double($0) / Double(count) }
    }

    /// The published boundaries of the O'Brien-Fleming-type spending function, as the programs of DeMets and Lan give
    /// them.
    @Test(
        arguments: [
            [1.9600], [2.9626, 1.9686], [3.7103, 2.5114, 1.9930], [4.3326, 2.9631, 2.3590, 2.0141],
            [4.8769, 3.3570, 2.6803, 2.2898, 2.0310],
        ]
    )
    func agreesWithThePublishedTables(expected: [Double]) throws {
        let boundaries = try GroupSequentialDesign(alpha: 0.05, fractions: equalLooks(expected.count)).criticalValues()
        for (value, expected) in zip(boundaries, expected) {
            #expect((value - expected).magnitude < 1e-4)
        }
    }

    @Test(arguments: GoldenTable(SequentialGolden.designs).rows)
    func agreesWithTheRecursionOfDensities(row: [Double]) throws {
        let looks = Int(row[2])
        let fractions = Array(row[3..<3 + looks])
        let design = try GroupSequentialDesign(alpha: row[0], fractions: fractions, endsEarly: row[1] == 1)
        for (value, expected) in zip(design.criticalValues(), row[(3 + looks)...]) {
            #expect((value - expected).magnitude < 1e-9)
        }
    }

    @Test(
        arguments: [
            [0.2, 0.4, 0.6, 0.8, 1], [0.05, 0.06, 0.5, 0.501, 0.9], [0.3, 0.9, 1.7], [1.2], [0.01, 0.02, 0.03, 0.04],
        ]
    )
    func spendsExactlyWhatIsAllowed(fractions: [Double]) throws {
        for alpha in [0.2, 0.05, 1e-3, 1e-10] {
            let design = try GroupSequentialDesign(alpha: alpha, fractions: fractions)
            let crossing = BoundaryCrossing(fractions: fractions, criticalValues: design.criticalValues())
            let spending = ErrorSpending(alpha: alpha)
            var spent = 0.0
            for (look, (fraction, allowed)) in zip(
                crossing.probabilities(drift: 0),
                zip(fractions, design.cumulativeAlpha())
            ) {
                spent += look.total
                #expect(allowed == spending.spent(at: fraction))
                // What is below every normal double is spent later.
                #expect(allowed < 1e-307 ? spent == 0 : relativeError(spent, allowed) < 1e-10)
            }
        }
    }

    @Test(arguments: [2, 3, 7, 20])
    func boundariesOfEqualLooksFall(looks: Int) throws {
        let boundaries = try GroupSequentialDesign(alpha: 0.05, fractions: equalLooks(looks)).criticalValues()
        #expect(zip(boundaries, boundaries.dropFirst()).allSatisfy { $0 > $1 })
        #expect(boundaries.last! > 1.96)
        #expect(boundaries.last! < 2.2)
    }

    @Test func laterAnalysesDoNotChangeEarlierBoundaries() throws {
        let some = try GroupSequentialDesign(alpha: 0.05, fractions: [0.2, 0.5]).criticalValues()
        let all = try GroupSequentialDesign(alpha: 0.05, fractions: [0.2, 0.5, 0.7, 1.1]).criticalValues()
        #expect(Array(all[..<2]) == some)
    }

    @Test func anOverrunSpendsTheRest() throws {
        let planned = try GroupSequentialDesign(alpha: 0.05, fractions: [0.5, 1])
        let overrun = try GroupSequentialDesign(alpha: 0.05, fractions: [0.5, 1.5])
        #expect(planned.isFinal && overrun.isFinal)
        #expect(overrun.cumulativeAlpha()[1] == 0.05)
        let (before, after) = (planned.criticalValues(), overrun.criticalValues())
        #expect(before[0] == after[0])
        // The correlation with the first is lower, so the same error needs a higher boundary.
        #expect(after[1] > before[1])
    }

    @Test func anUnderrunSpendsTheRest() throws {
        let going = try GroupSequentialDesign(alpha: 0.05, fractions: [0.3, 0.7])
        let ended = try GroupSequentialDesign(alpha: 0.05, fractions: [0.3, 0.7], endsEarly: true)
        #expect(!going.isFinal && ended.isFinal)
        #expect(going.cumulativeAlpha()[1] < 0.05)
        #expect(ended.cumulativeAlpha()[1] == 0.05)
        let (before, after) = (going.criticalValues(), ended.criticalValues())
        #expect(before[0] == after[0])
        #expect(after[1] < before[1])
        // A first analysis that is the final one is a test with no looks before.
        let only = try GroupSequentialDesign(alpha: 0.05, fractions: [0.1], endsEarly: true).criticalValues()
        #expect(only == [-Normal.quantile(0.025)])
    }

    /// Close looks, at which the search for the boundary starts where next to nothing is left to be crossed. Newton's
    /// steps are short there although the boundary is far.
    @Test(
        arguments: [
            (0.5, [0.40298660700906774, 0.4030275639974587, 0.40765324820132126]),
            (0.001, [0.14876800985032318, 0.14878498941018853]),
            (0.1, [0.13887670713776967, 0.13888252440598653, 0.14014737960439458]),
            (0.05, [0.2805170226774264, 0.28052668635943506, 0.2838835062914326, 0.2838835332355032]),
        ]
    )
    func theBoundariesOfCloseLooksSpendTheirPart(alpha: Double, fractions: [Double]) throws {
        let design = try GroupSequentialDesign(alpha: alpha, fractions: fractions)
        let crossing = BoundaryCrossing(fractions: fractions, criticalValues: design.criticalValues())
        var spent = 0.0
        for (look, allowed) in zip(crossing.probabilities(drift: 0), design.cumulativeAlpha()) {
            spent += look.total
            #expect(relativeError(spent, allowed) < 1e-11)
        }
    }

    /// 4 * Q(2.24 / sqrt(0.001)) is far below every double, and has its turn later.
    @Test func whatCannotBeSpentHasNoBoundary() throws {
        let early = try GroupSequentialDesign(alpha: 0.05, fractions: [0.001, 0.5, 1]).criticalValues()
        let plain = try GroupSequentialDesign(alpha: 0.05, fractions: [0.5, 1]).criticalValues()
        #expect(early == [.infinity] + plain)
    }

    /// Looks that are a billionth of the maximum apart.
    @Test func closeLooksCostLittle() throws {
        let fractions = (0..<12).map { 0.5 + Double($0) * 1e-9 } + [1]
        let boundaries = try GroupSequentialDesign(alpha: 0.05, fractions: fractions).criticalValues()
        let plain = try GroupSequentialDesign(alpha: 0.05, fractions: [0.5, 1]).criticalValues()
        #expect(boundaries[0] == plain[0])
        #expect(boundaries[1..<12].allSatisfy { $0 > plain[0] && $0 < plain[0] + 1e-3 })
        #expect((boundaries[12] - plain[1]).magnitude < 1e-6)
    }

    @Test(
        arguments: [
            (0, [1], .alphaOutOfRange(0)), (1, [1], .alphaOutOfRange(1)), (0.05, [], .noAnalyses),
            (0.05, [0.5, .nan], .fractionNotPositive(analysis: 1)), (0.05, [0], .fractionNotPositive(analysis: 0)),
            (0.05, [0.5, .infinity], .fractionNotPositive(analysis: 1)),
            (0.05, [0.5, 0.5], .fractionNotIncreasing(analysis: 1)),
            (0.05, [0.6, 0.5], .fractionNotIncreasing(analysis: 1)),
            (0.05, [0.5, 1, 1.1], .analysisAfterFinal(analysis: 2)),
        ] as [(Double, [Double], GroupSequentialDesign.Refusal)]
    )
    func refuses(alpha: Double, fractions: [Double], refusal: GroupSequentialDesign.Refusal) {
        #expect(throws: refusal) { try GroupSequentialDesign(alpha: alpha, fractions: fractions) }
        #expect(refusal.description.hasSuffix("."))
    }

    @Test func refusesAnAlphaThatIsNoNumber() {
        #expect(throws: GroupSequentialDesign.Refusal.self) { try GroupSequentialDesign(alpha: .nan, fractions: [1]) }
    }

    @Test func spendingStartsAtZeroAndEndsAtAlpha() {
        let spending = ErrorSpending(alpha: 0.05)
        #expect(spending.spent(at: 0) == 0)
        #expect(spending.spent(at: 1) == 0.05)
        #expect(spending.spent(at: 3) == 0.05)
        // 4 * Q(z_(0.0125) / sqrt(0.2)), mpmath 1.3.0.
        #expect(relativeError(spending.spent(at: 0.2), 1.07774252581174873e-06) < 1e-12)
        let values = (0...100).map { spending.spent(at: Double($0) / 100) }
        #expect(zip(values, values.dropFirst()).allSatisfy { $0 <= $1 })
    }
}
