import Testing

@testable import HooklineStatistics

@Suite struct BoundaryCrossingTests {
    private func equalLooks(_ count: Int) -> [Double] {
        (1...count).map { Double($0) / Double(count) }
    }

    private func errorOfFirstKind(_ fractions: [Double], _ critical: Double) -> Double {
        BoundaryCrossing(fractions: fractions, criticalValues: fractions.map { _ in critical })
            .probabilities(drift: 0)
            .reduce(0) { $0 + $1.total }
    }

    @Test(arguments: GoldenTable(SequentialGolden.crossings).rows)
    func agreesWithTheRecursionOfDensities(row: [Double]) {
        let (looks, drift) = (Int(row[0]), row[1])
        let part = { (index: Int) in Array(row[2 + index * looks..<2 + (index + 1) * looks]) }
        let crossing = BoundaryCrossing(fractions: part(0), criticalValues: part(1))
        let probabilities = crossing.probabilities(drift: drift)
        for (look, (above, below)) in zip(probabilities, zip(part(2), part(3))) {
            #expect((look.above - above).magnitude < 1e-11)
            #expect((look.below - below).magnitude < 1e-11)
        }
        let mirrored = crossing.probabilities(drift: -drift)
        #expect(mirrored.map(\.above) == probabilities.map(\.below))
    }

    /// Looks that are as good as at the same time, or a billion times further: mpmath's adaptive quadrature.
    @Test(arguments: GoldenTable(SequentialGolden.close).rows)
    func looksMayBeCloseOrFar(row: [Double]) {
        let crossing = BoundaryCrossing(fractions: Array(row[0..<2]), criticalValues: Array(row[2..<4]))
        let probability = crossing.probabilities(drift: 0)[1].above
        #expect((probability - row[4]).magnitude < 1e-12)
        #expect(relativeError(probability, row[4]) < 1e-8)
    }

    /// C. Jennison and B. W. Turnbull, "Group Sequential Methods with Applications to Clinical Trials" (2000), tables
    /// 2.1 (Pocock) and 2.3 (O'Brien and Fleming), with three decimals of the constants of alpha = 0.05.
    @Test(arguments: [(2, 2.178, 1.977), (3, 2.289, 2.004), (4, 2.361, 2.024), (5, 2.413, 2.040), (10, 2.555, 2.087)])
    func publishedConstantsSpendFivePercent(looks: Int, pocock: Double, obrienFleming: Double) {
        let fractions = equalLooks(looks)
        #expect((errorOfFirstKind(fractions, pocock) - 0.05).magnitude < 7e-5)
        let boundaries = fractions.map { obrienFleming / $0.squareRoot() }
        let total = BoundaryCrossing(fractions: fractions, criticalValues: boundaries).probabilities(drift: 0)
            .reduce(0) { $0 + $1.total }
        #expect((total - 0.05).magnitude < 7e-5)
    }

    /// P. Armitage, C. K. McPherson and B. C. Rowe (1969): a test with level 0.05 at every one of equal looks.
    @Test(arguments: [(1, 0.05), (2, 0.083), (3, 0.107), (4, 0.126), (5, 0.142), (10, 0.193), (20, 0.248), (50, 0.320)])
    func repeatedTestsInflateTheError(looks: Int, expected: Double) {
        let total = errorOfFirstKind(equalLooks(looks), 1.959963984540054)
        #expect((total - expected).magnitude < 5.5e-4)
    }

    @Test(
        arguments: [
            ([0.2, 0.4, 0.6, 0.8, 1], [4.8769, 3.3570, 2.6803, 2.2898, 2.0310]),
            ([0.01, 0.011, 0.5, 0.50001, 2], [3, 2, 2.2, 2.1, 0.5]),
            ([1e-9, 0.1, 0.10000001, 0.3, 0.9], [1, 30, 2.5, 2.4, 2]),
        ] as [([Double], [Double])]
    )
    func isAsExactAsFinerPanels(fractions: [Double], boundaries: [Double]) {
        let plain = BoundaryCrossing(fractions: fractions, criticalValues: boundaries)
        let fine = BoundaryCrossing(fractions: fractions, criticalValues: boundaries, refinement: 2.3)
        for drift in [0.0, 2.7] {
            for (look, finer) in zip(plain.probabilities(drift: drift), fine.probabilities(drift: drift)) {
                #expect((look.above - finer.above).magnitude < 1e-12)
                #expect((look.below - finer.below).magnitude < 1e-12)
            }
        }
    }

    @Test func looksWithoutABoundaryLeaveNoTrace() {
        let all = BoundaryCrossing(
            fractions: [0.1, 0.2, 0.5, 0.7, 1],
            criticalValues: [.infinity, 3, .infinity, .infinity, 2]
        )
        let some = BoundaryCrossing(fractions: [0.2, 1], criticalValues: [3, 2])
        let (expected, looks) = (some.probabilities(drift: 1.5), all.probabilities(drift: 1.5))
        #expect(looks[1] == expected[0])
        #expect(looks[4] == expected[1])
        #expect([0, 2, 3].allSatisfy { looks[$0].total == 0 })
    }

    @Test func aBoundaryOfZeroStopsAll() {
        let looks = BoundaryCrossing(fractions: [0.5, 0.7, 1], criticalValues: [1, 0, 2]).probabilities(drift: 0.3)
        #expect((looks[0].total + looks[1].total - 1).magnitude < 1e-13)
        #expect(looks[2].total == 0)
    }

    @Test func oneLookIsTheNormalDistribution() {
        let look = BoundaryCrossing(fractions: [0.25], criticalValues: [2]).probabilities(drift: 3)[0]
        #expect(look.above == Normal.survival(0.5))
        #expect(look.below == Normal.survival(3.5))
        #expect(BoundaryCrossing(fractions: [], criticalValues: []).probabilities(drift: 3).isEmpty)
    }

    /// Many very unequal and very close looks: the probabilities stay such.
    @Test(arguments: 0..<4)
    func anyLooksGiveProbabilities(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var fractions = [1e-4]
        for _ in 0..<15 {
            let growth = [1, 1e-1, 1e-3, 1e-6, 1e-9][Int(random.below(5))]
            fractions.append(fractions[fractions.count - 1] * (1 + growth))
        }
        let boundaries = fractions.map { _ in Double(random.below(4000)) / 1000 }
        for drift in [0.0, 5, -40] {
            let looks = BoundaryCrossing(fractions: fractions, criticalValues: boundaries).probabilities(drift: drift)
            #expect(looks.allSatisfy { $0.above >= 0 && $0.below >= 0 })
            #expect(looks.reduce(0) { $0 + $1.total } < 1 + 1e-10)
        }
    }

    #if os(Linux) || os(macOS)
        @Test func refusesWhatIsNoDesign() async {
            await #expect(processExitsWith: .failure) { _ = BoundaryCrossing(fractions: [1], criticalValues: []) }
            await #expect(processExitsWith: .failure) {
                _ = BoundaryCrossing(fractions: [1, 1], criticalValues: [1, 1])
            }
            await #expect(processExitsWith: .failure) { _ = BoundaryCrossing(fractions: [0], criticalValues: [1]) }
            await #expect(processExitsWith: .failure) { _ = BoundaryCrossing(fractions: [1], criticalValues: [.nan]) }
        }
    #endif
}
