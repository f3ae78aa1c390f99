import HooklineStatistics
import Testing

@Suite struct ProportionTestTests {
    private func arms(_ row: [Double]) -> (control: Proportion, treatment: Proportion) {
        let counts = row.prefix(4).map { Int64($0) }
        return (
            Proportion(conversions: counts[0], units: counts[1]), Proportion(conversions: counts[2], units: counts[3])
        )
    }

    @Test(arguments: GoldenTable(ProportionGolden.tests).rows)
    func agreesWithStatsmodelsAndMpmath(row: [Double]) throws {
        let (control, treatment) = arms(row)
        let test = try ProportionTest.compare(control: control, treatment: treatment).get()
        #expect(relativeError(test.z, row[4]) < 1e-14)
        #expect(relativeError(test.z, row[5]) < 1e-13)
        if row[6] > 0 { #expect(relativeError(test.pValue, row[6]) < 1e-11) }
        #expect(relativeError(test.log10PValue, row[7]) < 1e-13)
        let wide = try ProportionTest.compare(control: control, treatment: treatment, confidenceLevel: 0.999).get()
        for (interval, place) in [(test.interval, 8), (wide.interval, 10)] {
            // Relative to the width where a bound is near 0.
            let width = row[place + 1] - row[place]
            let allowed = { (bound: Double) in 1e-13 * max(bound.magnitude, width) }
            #expect((interval.lower - row[place]).magnitude <= allowed(row[place]))
            #expect((interval.upper - row[place + 1]).magnitude <= allowed(row[place + 1]))
        }
    }

    @Test(arguments: 0..<200)
    func theIntervalAgreesWithThePValue(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let arms = (0..<2).map { _ in
            let units = 5 + random.below(80)
            return Proportion(conversions: Int64(1 + random.below(units - 1)), units: Int64(units))
        }
        let test = try ProportionTest.compare(control: arms[0], treatment: arms[1]).get()
        #expect(test.interval.contains(0) == (test.pValue >= 0.05))
        let level = 1 - test.pValue * 1.001
        if level > 0, test.pValue > 1e-9 {
            let near = try ProportionTest.compare(control: arms[0], treatment: arms[1], confidenceLevel: level).get()
            #expect(!near.interval.contains(0))
        }
        let swapped = try ProportionTest.compare(control: arms[1], treatment: arms[0]).get()
        #expect(swapped.z == -test.z)
        #expect(swapped.pValue == test.pValue)
        #expect((swapped.interval.lower + test.interval.upper).magnitude < 1e-15)
    }

    /// Its square is Pearson's chi-squared statistic of the two by two table, with the pooled rate as expectation.
    @Test func theSquareIsPearsonsStatistic() throws {
        let test = try ProportionTest.compare(
            control: Proportion(conversions: 30, units: 100),
            treatment: Proportion(conversions: 90, units: 200)
        ).get()
        // Expected are 40 and 80 conversions.
        #expect(relativeError(test.z * test.z, 100.0 / 40 + 100.0 / 60 + 100.0 / 80 + 100.0 / 120) < 1e-14)
        #expect(relativeError(test.difference / test.standardError, test.z) < 1e-15)
        #expect(relativeError(test.difference, 0.15) < 1e-15)
    }

    /// One conversion in 4e18 units is a difference, which rates as doubles would not have.
    @Test func differencesOfHugeCountsAreExact() throws {
        let units: Int64 = 4_000_000_000_000_000_000
        let test = try ProportionTest.compare(
            control: Proportion(conversions: units / 2, units: units),
            treatment: Proportion(conversions: units / 2 + 1, units: units)
        ).get()
        #expect(relativeError(test.difference, 2.5e-19) < 1e-15)
        #expect(test.pValue < 1)
    }

    @Test func pIsNeverZero() throws {
        let test = try ProportionTest.compare(
            control: Proportion(conversions: 0, units: .max),
            treatment: Proportion(conversions: .max, units: .max)
        ).get()
        #expect(test.pValue == Double.leastNormalMagnitude)
        #expect(test.log10PValue < -1e18)
        #expect(test.log10PValue.isFinite)
        #expect(test.interval.upper == 1)
        #expect(test.interval.lower > 0.999)
    }

    @Test func equalRatesHavePOne() throws {
        let test = try ProportionTest.compare(
            control: Proportion(conversions: 10, units: 30),
            treatment: Proportion(conversions: 20, units: 60)
        ).get()
        #expect(test.z == 0)
        #expect(test.pValue == 1)
        #expect(test.log10PValue == 0)
    }

    @Test(arguments: [(24, 90, true), (25, 25, false), (90, 24, true), (0, 90, true)])
    func fewConversionsAreTold(control: Int64, treatment: Int64, tooFew: Bool) throws {
        let test = try ProportionTest.compare(
            control: Proportion(conversions: control, units: 1_000),
            treatment: Proportion(conversions: treatment, units: 1_000)
        ).get()
        #expect(ProportionTest.minimumConversions == 25)
        #expect(test.hasTooFewConversions == tooFew)
    }

    @Test(
        arguments: [
            ((0, 0), (1, 5), .tooFewUnits(.control, n: 0)), ((1, 5), (1, 1), .tooFewUnits(.treatment, n: 1)),
            ((6, 5), (1, 5), .notAProportion(.control, conversions: 6, units: 5)),
            ((1, 5), (-1, 5), .notAProportion(.treatment, conversions: -1, units: 5)),
            ((0, -5), (1, 5), .notAProportion(.control, conversions: 0, units: -5)),
            ((0, 5), (0, 9), .onlyZeros), ((5, 5), (9, 9), .noVariance),
        ] as [((Int64, Int64), (Int64, Int64), NotTestable)]
    )
    func refuses(control: (Int64, Int64), treatment: (Int64, Int64), reason: NotTestable) {
        let result = ProportionTest.compare(
            control: Proportion(conversions: control.0, units: control.1),
            treatment: Proportion(conversions: treatment.0, units: treatment.1)
        )
        #expect(result == .failure(reason))
    }

    @Test func theReasonIsASentence() {
        let reason = NotTestable.notAProportion(.control, conversions: 6, units: 5)
        #expect(reason.description == "The control arm has 6 conversions of 5 units, which is no proportion.")
        #expect(Proportion(conversions: 1, units: 0).rate == nil)
        #expect(Proportion(conversions: 1, units: 4).rate == 0.25)
    }
}
