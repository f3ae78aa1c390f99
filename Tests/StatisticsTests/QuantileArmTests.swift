import HooklineStatistics
import Testing

@Suite struct QuantileArmTests {
    private func expectAgreement(_ arm: QuantileArm, _ golden: some Collection<Double>) throws {
        let golden = Array(golden)
        let interval = try #require(arm.interval)
        #expect(relativeError(try #require(arm.estimate), golden[0]) < 1e-13)
        #expect(relativeError(try #require(arm.standardError), golden[1]) < 1e-9)
        #expect(relativeError(interval.lower, golden[2]) < 1e-9)
        #expect(relativeError(interval.upper, golden[3]) < 1e-9)
        #expect(arm.gap == nil)
    }

    @Test(arguments: GoldenTable(QuantileGolden.independent).rows)
    func independentValuesAgreeWithNumpy(row: [Double]) throws {
        let counts = QuantileSamples.counts(QuantileSamples.values(kind: row[0], seed: row[1], count: row[2]))
        let arm = Quantile.estimate(row[3], counts: counts, confidenceLevel: row[4])
        try expectAgreement(arm, row[5...])
        #expect(arm.n == Int64(row[2]))
        #expect(arm.events == arm.n)
        #expect(arm.probability == row[3])
        #expect(arm.confidenceLevel == row[4])
    }

    @Test(arguments: GoldenTable(QuantileGolden.clustered).rows)
    func clustersAgreeWithNumpy(row: [Double]) throws {
        let groups = QuantileSamples.clustered(seed: row[0], units: row[1], groups: row[2])
        let arm = ClusteredQuantile.estimate(row[3], groups: groups, confidenceLevel: row[4])
        try expectAgreement(arm, row[5...])
        #expect(arm.n == Int64(Swift.min(row[1], row[2])))
        #expect(arm.events == groups.reduce(0) { $0 + $1.total })
        // Empty groups and the order of groups say nothing.
        let padded = [BinCounts()] + groups.reversed() + [BinCounts()]
        let same = ClusteredQuantile.estimate(row[3], groups: padded, confidenceLevel: row[4])
        try expectAgreement(same, row[5...])
        #expect(same.n == arm.n)
    }

    /// The standard error is that of 95 % whatever the interval's confidence, which widens with it.
    @Test func confidenceChangesTheIntervalAlone() throws {
        let counts = QuantileSamples.counts((0..<2_000).map { 1 + Double($0) / 2_000 })
        let arms = [0.5, 0.95, 0.999].map { Quantile.estimate(0.5, counts: counts, confidenceLevel: $0) }
        #expect(Set(arms.map(\.standardError)).count == 1)
        let widths = try arms.map { arm in
            let interval = try #require(arm.interval)
            #expect(interval.contains(try #require(arm.estimate)))
            return interval.upper - interval.lower
        }
        #expect(widths == widths.sorted())
        #expect(widths[0] < widths[2] / 3)
        // Uniform on 1...2: the density is 1, so the standard error is that of the share.
        #expect(relativeError(try #require(arms[0].standardError), (0.25 / 2_000).squareRoot()) < 0.02)
    }

    @Test func aMissingEstimateSaysWhy() {
        let one = QuantileSamples.counts([5])
        let few = QuantileSamples.counts((1...20).map(Double.init))
        let equal = QuantileSamples.counts(repeatElement(7, count: 1_000))
        let zeros = QuantileSamples.counts((0..<1_000).map { $0 < 900 ? 0 : Double($0) })
        let cases: [(QuantileArm, Double?, QuantileArm.Gap)] = [
            (Quantile.estimate(0.5, counts: BinCounts()), nil, .noEvents),
            (ClusteredQuantile.estimate(0.5, groups: []), nil, .noEvents),
            (ClusteredQuantile.estimate(0.5, groups: [BinCounts(), few]), few.quantile(0.5), .tooFewGroups(n: 1)),
            (Quantile.estimate(0.25, counts: one), one.quantile(0.25), .tooFewGroups(n: 1)),
            (Quantile.estimate(0.99, counts: few), few.quantile(0.99), .tooFewEvents),
            (Quantile.estimate(0.01, counts: few), few.quantile(0.01), .tooFewEvents),
            (Quantile.estimate(0.5, counts: equal), equal.quantile(0.5), .flat),
            (ClusteredQuantile.estimate(0.5, groups: [few, few, few]), few.quantile(0.5), .flat),
            (Quantile.estimate(0.5, counts: zeros), 0, .flat),
        ]
        for (arm, estimate, gap) in cases {
            #expect(arm.estimate == estimate)
            #expect(arm.standardError == nil)
            #expect(arm.interval == nil)
            #expect(arm.gap == gap)
            #expect(!gap.description.isEmpty)
        }
        #expect(QuantileArm.Gap.tooFewGroups(n: 1).description.contains("1 independent unit or group;"))
    }

    /// 95 % leaves room on both sides of the median of 20 values, and 99.9999 % does not.
    @Test func anIntervalMayBeMissingWhereAStandardErrorIsNot() {
        let counts = QuantileSamples.counts((1...20).map(Double.init))
        let arm = Quantile.estimate(0.5, counts: counts, confidenceLevel: 0.999999)
        #expect(arm.standardError == Quantile.estimate(0.5, counts: counts).standardError)
        #expect(arm.standardError != nil)
        #expect(arm.interval == nil)
        #expect(arm.gap == .tooFewEvents)
    }
}
