import HooklineStatistics
import Testing

@Suite struct RatioTests {
    @Test(arguments: GoldenTable(JointGolden.ratios).rows)
    func varianceIsThatOfTheDeltaMethod(row: [Double]) throws {
        var moments = JointMoments(.denominator)
        for index in stride(from: 3, to: row.count, by: 2) { moments.add(y: row[index], d: row[index + 1]) }
        let summary = moments.summary
        #expect(relativeError(try #require(summary.mean), row[0]) < 1e-15)
        #expect(relativeError(try #require(summary.varianceOfMean), row[1]) < 1e-13)
        #expect(relativeError(try #require(summary.standardDeviation), row[2]) < 1e-13)
        #expect(summary.n == moments.count && summary.observations == moments.count)
    }

    /// The sums of the clusters are exact doubles here, as y has to be.
    @Test(arguments: 0..<10)
    func isThatOfClusters(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var (clustered, joint) = (ClusteredMoments(), JointMoments(.denominator))
        for _ in 0..<50 {
            var sum = ExactSum()
            let size = 1 + random.below(6)
            for count in 0..<size {
                let x = size == 1 ? random.wideDouble() : 1e8 + (64 * random.unit()).rounded() / 64
                clustered.add(x, toClusterOf: Int64(count), sum: sum)
                sum.add(x)
            }
            joint.add(y: sum.value, d: Double(size))
        }
        #expect(joint.summary.mean == clustered.mean)
        #expect(joint.summary.varianceOfMean == clustered.varianceOfMean)
        #expect(joint.summary.n == clustered.clusters)

        var control = ClusteredMoments()
        for _ in 0..<50 { control.addSingle(random.wideDouble()) }
        let expected = try WelchTest.compare(control: control, treatment: clustered).get()
        let test = try WelchTest.compare(control: control, treatment: joint).get()
        #expect(test.difference == expected.difference && test.pValue == expected.pValue && test.lift == expected.lift)
    }

    @Test func denominatorsMustAddUpToMoreThanZero() {
        let healthy = JointMoments(.denominator, units: [JointUnit(y: 1, d: 1), JointUnit(y: 2, d: 1)])
        let cases: [([(Double, Double)], NotTestable)] = [
            ([(1, 0), (2, 0)], .denominatorNotPositive(.treatment)),
            ([(1, 1), (2, -1)], .denominatorNotPositive(.treatment)),
            ([(1, 1), (2, -2)], .denominatorNotPositive(.treatment)),
            ([(1, 0)], .tooFewUnits(.treatment, n: 1)),
            ([], .tooFewUnits(.treatment, n: 0)),
        ]
        for (units, reason) in cases {
            let arm = JointMoments(.denominator, units: units.map { JointUnit(y: $0.0, d: $0.1) })
            #expect(arm.summary.mean == nil && arm.summary.varianceOfMean == nil)
            #expect(arm.summary.gap == (units.isEmpty ? nil : .denominatorNotPositive))
            #expect(arm.summary.meanDifference(from: healthy.summary) == nil)
            #expect(WelchTest.compare(control: healthy, treatment: arm) == .failure(reason))
        }
        let arm = JointMoments(.denominator, units: [JointUnit(y: 1, d: 0), JointUnit(y: 1, d: 0)])
        #expect(WelchTest.compare(control: arm, treatment: healthy) == .failure(.denominatorNotPositive(.control)))
        #expect(NotTestable.denominatorNotPositive(.control).description.contains("of the control arm do not"))
    }

    @Test func aSingleUnitHasARatioOnly() {
        let summary = JointMoments(.denominator, units: [JointUnit(y: 3, d: 4)]).summary
        #expect(summary.mean == 0.75)
        #expect(summary.varianceOfMean == nil && summary.standardDeviation == nil && summary.gap == nil)
    }

    @Test func equalRatiosHaveNoVariance() {
        let arm = JointMoments(.denominator, units: (1...9).map { JointUnit(y: 0.25 * Double($0), d: Double($0)) })
        #expect(arm.summary.mean == 0.25 && arm.summary.varianceOfMean == 0)
        #expect(WelchTest.compare(control: arm, treatment: arm) == .failure(.noVariance))
        let zeros = arm.replacingY(withConstant: 0)
        #expect(WelchTest.compare(control: zeros, treatment: zeros) == .failure(.onlyZeros))
    }

    /// 1e100 / 1e-300 is no double, and a test of it would be without numbers.
    @Test func aRatioBeyondTheRangeHasAReason() {
        let healthy = JointMoments(.denominator, units: [JointUnit(y: 1, d: 1), JointUnit(y: 2, d: 1)])
        let arm = JointMoments(.denominator, units: [JointUnit(y: 1e100, d: 1e-300), JointUnit(y: 1e100, d: 2e-300)])
        #expect(arm.summary.gap == .outOfRange && arm.summary.mean == nil)
        #expect(WelchTest.compare(control: arm, treatment: healthy) == .failure(.outOfRange(.control)))
        #expect(WelchTest.compare(control: healthy, treatment: arm) == .failure(.outOfRange(.treatment)))
        #expect(NotTestable.outOfRange(.treatment).description.contains("mean of the treatment arm"))
    }
}
