import Foundation
import HooklineStatistics
import Testing

@Suite struct AnytimeTestTests {
    private func moments(_ values: some Sequence<Double>) -> Moments {
        var moments = Moments()
        for value in values { moments.add(value) }
        return moments
    }

    private func rate(_ successes: Int64, of units: Int64) -> Moments {
        var moments = Moments()
        moments.add(repeating: 1, count: successes)
        moments.add(repeating: 0, count: units - successes)
        return moments
    }

    @Test(arguments: GoldenTable(AnytimeGolden.boundaries).rows)
    func boundariesAgreeWithMpmath(row: [Double]) {
        let boundary = AnytimeBoundary(information: row[0])
        #expect(relativeError(boundary.criticalValue(alpha: row[1]), row[2]) < 1e-14)
        // The p-value of the critical value is alpha.
        #expect(relativeError(boundary.logPValue(row[2]), log(row[1])) < 1e-12)
    }

    @Test(arguments: GoldenTable(AnytimeGolden.pValues).rows)
    func pValuesAgreeWithMpmath(row: [Double]) {
        let logarithm = AnytimeBoundary(information: row[0]).logPValue(row[1]) / log(10)
        #expect(relativeError(logarithm, row[2]) < 1e-13)
    }

    @Test(arguments: GoldenTable(AnytimeGolden.tests).rows)
    func testsAgreeWithMpmath(row: [Double]) throws {
        let split = 7 + Int(row[0])
        let test = try AnytimeTest.compare(
            control: moments(row[7..<split]),
            treatment: moments(row[split...]),
            boundary: AnytimeBoundary(information: row[1])
        ).get()
        #expect(relativeError(test.difference, row[2]) < 1e-13)
        #expect(relativeError(test.standardError, row[3]) < 1e-13)
        #expect(abs(test.log10PValue - row[4]) < 1e-9 * max(1, -row[4]))
        let interval = try #require(test.interval)
        #expect(relativeError((interval.upper - interval.lower) / 2, row[5]) < 1e-9)
        #expect(test.isPooled == (row[6] == 1))
    }

    @Test func holdsMoreThanTheIntervalOfOneLook() throws {
        let (control, treatment) = (rate(2_000, of: 10_000), rate(2_200, of: 10_000))
        let boundary = AnytimeBoundary(control: 10_000, treatment: 10_000, planned: 20_000, controlShare: 0.5)
        #expect(boundary.information == 1)
        let anytime = try AnytimeTest.compare(control: control, treatment: treatment, boundary: boundary).get()
        let single = try WelchTest.compare(control: control, treatment: treatment).get()
        let (wide, narrow) = (try #require(anytime.interval), single.interval)
        let ratio = (wide.upper - wide.lower) / (narrow.upper - narrow.lower)
        #expect(ratio > 1.54 && ratio < 1.56)
        #expect(anytime.pValue > single.pValue && anytime.pValue < 0.05)
        #expect(anytime.lift.percent == single.lift.percent)
    }

    /// Both intervals and the p-value tell the same at every threshold.
    @Test func intervalsExcludeZeroWhereThePValueIsBelow() throws {
        var random = SeededGenerator(seed: 5)
        var (inside, outside) = (0, 0)
        for _ in 0..<400 {
            let units = Int64(20 + random.below(400))
            let control = rate(Int64(random.below(Int(units / 2))) + 1, of: units)
            let treatment = rate(Int64(random.below(Int(units / 2))) + 1, of: units)
            let test = try AnytimeTest.compare(
                control: control,
                treatment: treatment,
                boundary: AnytimeBoundary(information: 0.2 + random.unit())
            ).get()
            let isSignificant = test.pValue < 0.05
            #expect(try #require(test.interval).contains(0) == !isSignificant)
            if let lift = test.lift.interval { #expect(lift.contains(0) == !isSignificant) }
            if isSignificant { outside += 1 } else { inside += 1 }
        }
        #expect(inside > 50 && outside > 50)
    }

    @Test func anArmWithoutVarianceTakesThatOfTheOther() throws {
        let boundary = AnytimeBoundary(information: 0.3)
        let test = try AnytimeTest.compare(
            control: rate(30, of: 190),
            treatment: rate(0, of: 10),
            boundary: boundary
        ).get()
        #expect(test.isPooled)
        #expect(test.pValue > 0.9)
    }

    @Test func refusesArmsThatAreTooSmall() {
        let boundary = AnytimeBoundary(information: 0.01)
        let (small, enough) = (rate(3, of: 9), rate(3, of: 10))
        #expect(
            AnytimeTest.compare(control: small, treatment: enough, boundary: boundary)
                == .failure(.tooFewUnits(.control, n: 9, needed: 10))
        )
        #expect(
            AnytimeTest.compare(control: enough, treatment: Moments(), boundary: boundary)
                == .failure(.tooFewUnits(.treatment, n: 0, needed: 10))
        )
        #expect(
            AnytimeTest.compare(control: rate(0, of: 50), treatment: rate(0, of: 50), boundary: boundary)
                == .failure(.onlyZeros)
        )
        #expect(NotTestable.tooFewUnits(.control, n: 9, needed: 10).description.contains("needs at least 10"))
    }

    @Test func isWithoutBoundsWhereTheInformationIsNearlyNone() throws {
        let test = try AnytimeTest.compare(
            control: rate(3, of: 10),
            treatment: rate(5, of: 10),
            boundary: AnytimeBoundary(control: 10, treatment: 10, planned: 1_000_000_000, controlShare: 0.5)
        ).get()
        #expect(test.interval == nil && test.lift.interval == nil)
        #expect(test.lift.percent != nil && test.pValue == 1 && test.log10PValue == 0)
    }

    @Test func pValuesBeyondDoublesStayAboveZero() throws {
        let test = try AnytimeTest.compare(
            control: rate(1_000, of: 1_000_000),
            treatment: rate(500_000, of: 1_000_000),
            boundary: AnytimeBoundary(information: 1)
        ).get()
        #expect(test.pValue == .leastNormalMagnitude && test.log10PValue < -50_000)
    }
}
