import HooklineStatistics
import Testing

@Suite struct GroupSequentialTestTests {
    private func rate(_ successes: Int64, of units: Int64) -> Moments {
        var moments = Moments()
        moments.add(repeating: 1, count: successes)
        moments.add(repeating: 0, count: units - successes)
        return moments
    }

    /// A design of one analysis is a test of fixed size.
    @Test func isWelchsTestAtTheOnlyAnalysis() throws {
        let (control, treatment) = (rate(100, of: 1000), rate(130, of: 1000))
        let design = try GroupSequentialDesign(alpha: 0.05, fractions: [1])
        let sequential = try GroupSequentialTest.compare(control: control, treatment: treatment, design: design).get()
        let single = try WelchTest.compare(control: control, treatment: treatment).get()
        #expect(relativeError(sequential.pValue, single.pValue) < 1e-10)
        #expect(sequential.isSignificant && sequential.difference == single.difference)
        let interval = try #require(sequential.interval)
        #expect(relativeError(interval.lower, single.interval.lower) < 1e-9)
        #expect(relativeError(interval.upper, single.interval.upper) < 1e-9)
        #expect(sequential.lift.percent == single.lift.percent)
    }

    @Test func anEarlyAnalysisAsksForMore() throws {
        let (control, treatment) = (rate(100, of: 1000), rate(130, of: 1000))
        let early = try GroupSequentialDesign(alpha: 0.05, fractions: [0.25])
        let test = try GroupSequentialTest.compare(control: control, treatment: treatment, design: early).get()
        #expect(abs(test.criticalValue - 4.3326) < 1e-4)
        #expect(!test.isSignificant && test.pValue > 0.05)
        let single = try WelchTest.compare(control: control, treatment: treatment).get()
        let (wide, narrow) = (try #require(test.interval), single.interval)
        let ratio = (wide.upper - wide.lower) / (narrow.upper - narrow.lower)
        #expect(abs(ratio / (4.3326 / 1.96) - 1) < 0.01)
    }

    @Test func significanceAndPValueAndIntervalsAgree() throws {
        var random = SeededGenerator(seed: 8)
        var significant = 0
        for _ in 0..<40 {
            let (control, treatment) = (rate(Int64(20 + random.below(140)), of: 500), rate(90, of: 500))
            let fractions = [[0.3, 0.7], [0.5, 1], [0.2, 0.4, 1.1]][random.below(3)]
            let design = try GroupSequentialDesign(alpha: 0.05, fractions: fractions)
            let test = try GroupSequentialTest.compare(control: control, treatment: treatment, design: design).get()
            #expect(test.isSignificant == (test.pValue < 0.05))
            #expect(try #require(test.interval).contains(0) != test.isSignificant)
            if test.isSignificant { significant += 1 }
        }
        #expect(significant > 5 && significant < 35)
    }

    @Test func boundsNothingWhereNearlyNothingMayBeSpent() throws {
        let design = try GroupSequentialDesign(alpha: 0.05, fractions: [1e-5])
        let test = try GroupSequentialTest.compare(
            control: rate(3, of: 20),
            treatment: rate(18, of: 20),
            design: design
        ).get()
        #expect(test.interval == nil && !test.isSignificant && test.pValue == 1)
        #expect(test.lift.interval == nil && test.lift.percent != nil)
    }
}
