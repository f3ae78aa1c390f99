import HooklineStatistics
import Testing

/// Two quantiles compared by Welch's test.
@Suite struct QuantileTestTests {
    private func arm(_ values: some Sequence<Double>, _ p: Double = 0.5) -> QuantileArm {
        Quantile.estimate(p, counts: QuantileSamples.counts(values))
    }

    @Test(arguments: GoldenTable(QuantileGolden.tests).rows)
    func agreesWithScipy(row: [Double]) throws {
        let arms = [(row[0], row[1]), (row[0] + 100, row[2])].map { seed, units in
            ClusteredQuantile.estimate(
                row[3],
                groups: QuantileSamples.clustered(seed: seed, units: units, groups: 100)
            )
        }
        let test = try WelchTest.compare(control: arms[0], treatment: arms[1], confidenceLevel: 0.9).get()
        #expect(relativeError(test.t, row[4]) < 1e-8)
        #expect(relativeError(test.degreesOfFreedom, row[5]) < 1e-9)
        #expect(relativeError(test.pValue, row[6]) < 1e-8)
        #expect(relativeError(test.interval.lower, row[7]) < 1e-8)
        #expect(relativeError(test.interval.upper, row[8]) < 1e-8)
        #expect(test.control == arms[0].summary)
        #expect(test.treatment == arms[1].summary)
    }

    @Test func swappingTheArmsTurnsTheSign() throws {
        let (a, b) = (arm((1...50).map(Double.init)), arm((1...80).map { Double($0) * 0.75 }))
        let forward = try WelchTest.compare(control: a, treatment: b).get()
        let backward = try WelchTest.compare(control: b, treatment: a).get()
        #expect(forward.difference == -backward.difference)
        #expect(forward.pValue == backward.pValue)
        #expect(forward.interval.lower == -backward.interval.upper)
        let percent = try #require(forward.lift.percent)
        #expect(relativeError(percent, 100 * forward.difference / (try #require(a.estimate))) < 1e-14)
    }

    /// The intervals of the difference and of the lift exclude 0 exactly where the p-value says so.
    @Test(arguments: 0..<100)
    func intervalsAgreeWithThePValue(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let values = { (shift: Double) in (0..<60).map { _ in random.unit() + shift } }
        let test = try WelchTest.compare(control: arm(values(1)), treatment: arm(values(1.2))).get()
        let lift = try #require(test.lift.interval)
        #expect(lift.contains(0) == (test.pValue >= 0.05))
        #expect(test.interval.contains(0) == (test.pValue >= 0.05))
    }

    @Test func anUntestableComparisonSaysWhy() {
        let good = arm((1...50).map(Double.init))
        let empty = arm([])
        let flat = arm(repeatElement(3, count: 40))
        let result = { (control: QuantileArm, treatment: QuantileArm) in
            WelchTest.compare(control: control, treatment: treatment)
        }
        #expect(result(empty, good) == .failure(.noQuantile(.control, .noEvents)))
        #expect(result(good, flat) == .failure(.noQuantile(.treatment, .flat)))
        #expect(result(flat, empty) == .failure(.noQuantile(.control, .flat)))
        #expect(NotTestable.noQuantile(.treatment, .flat).description.contains("treatment arm has no percentile"))
    }

    @Test func pIsNeverZero() throws {
        let values = (0..<1_000_000).lazy.map { Double($0 & 1_023) / 1_024 }
        var (control, treatment) = (BinCounts(), BinCounts())
        for x in values.prefix(1_024) {
            control.add(1_000 + x * 100, times: 1_000_000)
            treatment.add(3_000 + x * 100, times: 1_000_000)
        }
        let test = try WelchTest.compare(
            control: Quantile.estimate(0.5, counts: control),
            treatment: Quantile.estimate(0.5, counts: treatment)
        ).get()
        #expect(test.pValue == Double.leastNormalMagnitude)
        #expect(test.log10PValue < -1e6)
        #expect(test.log10PValue.isFinite)
    }

    @Test func equalArmsHavePOneAndAZeroControlHasNoLift() throws {
        let a = arm((1...50).map(Double.init))
        let same = try WelchTest.compare(control: a, treatment: a).get()
        #expect(same.pValue == 1)
        #expect(same.log10PValue == 0)
        #expect(same.lift.percent == 0)
        let around = arm((0..<200).map { $0 < 60 ? -1 : $0 < 105 ? 0 : Double($0) }, 0.51)
        #expect(around.estimate == 0)
        let test = try WelchTest.compare(control: around, treatment: arm((1...50).map(Double.init), 0.51)).get()
        #expect(test.lift.gap == .controlMeanIsZero)
    }
}
