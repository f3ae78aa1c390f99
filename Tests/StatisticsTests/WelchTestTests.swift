import HooklineStatistics
import Testing

@Suite struct WelchTestTests {
    private func moments(_ values: some Sequence<Double>) -> Moments {
        var moments = Moments()
        for value in values { moments.add(value) }
        return moments
    }

    private func rate(_ successes: Double, of units: Double) -> Moments {
        var moments = Moments()
        moments.add(repeating: 1, count: Int64(successes))
        moments.add(repeating: 0, count: Int64(units - successes))
        return moments
    }

    @Test(arguments: GoldenTable(InferenceGolden.welch).rows)
    func agreesWithScipy(row: [Double]) throws {
        let split = 6 + Int(row[0])
        let (control, treatment) = (moments(row[6..<split]), moments(row[split...]))
        let test = try WelchTest.compare(control: control, treatment: treatment, confidenceLevel: 0.9).get()
        #expect(relativeError(test.t, row[1]) < 1e-11)
        #expect(relativeError(test.degreesOfFreedom, row[2]) < 1e-11)
        #expect(relativeError(test.pValue, row[3]) < 1e-11)
        #expect(relativeError(test.interval.lower, row[4]) < 1e-11)
        #expect(relativeError(test.interval.upper, row[5]) < 1e-11)
        #expect(test.confidenceLevel == 0.9)
        #expect(test.control.n == Int64(row[0]))
        #expect(test.control.mean == control.mean)
        #expect(test.control.standardDeviation == control.standardDeviation)
        #expect(test.control.varianceOfMean == control.varianceOfMean)
    }

    @Test(arguments: GoldenTable(InferenceGolden.rates).rows)
    func ratesAgreeWithScipy(row: [Double]) throws {
        let (control, treatment) = (rate(row[0], of: row[1]), rate(row[2], of: row[3]))
        let test = try WelchTest.compare(control: control, treatment: treatment).get()
        #expect(relativeError(test.t, row[4]) < 1e-9)
        #expect(relativeError(test.pValue, row[5]) < 1e-8)
    }

    @Test func swappingTheArmsTurnsTheSign() throws {
        let (a, b) = (moments([1.5, 2.25, 3.5]), moments([2, 2.5, 7.75, 9]))
        let forward = try WelchTest.compare(control: a, treatment: b).get()
        let backward = try WelchTest.compare(control: b, treatment: a).get()
        #expect(forward.difference == -backward.difference)
        #expect(forward.pValue == backward.pValue)
        #expect(forward.interval.lower == -backward.interval.upper)
        #expect(a.summary.meanDifference(from: b.summary) == backward.difference)
    }

    @Test func clustersCountAsUnits() throws {
        var clustered = ClusteredMoments()
        clustered.add(1, toClusterOf: 0, sum: ExactSum())
        #expect(
            WelchTest.compare(control: moments([1, 2]), treatment: clustered)
                == .failure(.tooFewUnits(.treatment, n: 1))
        )
        clustered.addSingles(3, count: 4)
        let test = try WelchTest.compare(control: moments([5, 5, 5]), treatment: clustered).get()
        #expect(test.treatment.n == 5)
        // Only the treatment varies, so the degrees of freedom are its own.
        #expect(test.degreesOfFreedom == 4)
    }

    @Test func anUntestableComparisonSaysWhy() {
        let ones = moments([1, 1, 1])
        let zeros = moments([0, 0])
        let cases: [(Moments, Moments, NotTestable)] = [
            (Moments(), ones, .tooFewUnits(.control, n: 0)),
            (ones, moments([2]), .tooFewUnits(.treatment, n: 1)),
            (zeros, zeros, .onlyZeros),
            (zeros, ones, .noVariance),
            (ones, ones, .noVariance),
        ]
        for (control, treatment, reason) in cases {
            #expect(WelchTest.compare(control: control, treatment: treatment) == .failure(reason))
        }
        #expect(NotTestable.onlyZeros.description.contains("success"))
        #expect(NotTestable.tooFewUnits(.control, n: 1).description.contains("control arm has 1 independent unit;"))
    }

    /// The variance of these values is 1e-401, below every double; the test is that of the values times 1e200.
    @Test func tinyValuesHaveATest() throws {
        let (a, b) = ([1.0, 2, 4], [3.0, 5, 6, 8])
        let plain = try WelchTest.compare(control: moments(a), treatment: moments(b)).get()
        let scaled = { (values: [Double]) in self.moments(values.map { $0 * 0x1p-664 }) }
        let tiny = try WelchTest.compare(control: scaled(a), treatment: scaled(b)).get()
        #expect(tiny.control.varianceOfMean == 0)
        #expect(tiny.pValue == plain.pValue)
        #expect(tiny.standardError == plain.standardError * 0x1p-664)
        #expect(tiny.lift == plain.lift)
    }

    /// t is about 1e5 * sqrt(5e5) with 2e6 degrees of freedom: p has no double, its logarithm has.
    @Test func pIsNeverZero() throws {
        var (control, treatment) = (Moments(), Moments())
        for (x, y) in [(0.0, 100_000.0), (1.0, 100_001.0)] {
            control.add(repeating: x, count: 1_000_000)
            treatment.add(repeating: y, count: 1_000_000)
        }
        let test = try WelchTest.compare(control: control, treatment: treatment).get()
        #expect(test.pValue == Double.leastNormalMagnitude)
        #expect(test.log10PValue < -1e7)
        #expect(test.log10PValue.isFinite)
    }

    @Test func equalMeansHavePOne() throws {
        let test = try WelchTest.compare(control: moments([1, 3]), treatment: moments([0, 2, 4])).get()
        #expect(test.difference == 0)
        #expect(test.pValue == 1)
        #expect(test.log10PValue == 0)
        #expect(test.lift.percent == 0)
    }
}
