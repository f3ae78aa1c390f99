import HooklineStatistics
import Testing

@Suite struct PowerAnalysisTests {
    private func mean(_ deviation: Double, _ treatment: Double? = nil, baseline: Double? = nil) -> PlannedMetric {
        .mean(
            baseline: baseline,
            controlStandardDeviation: deviation,
            treatmentStandardDeviation: treatment ?? deviation
        )
    }

    private func hypothesis(_ effect: Double, isMargin: Bool) -> PowerHypothesis {
        isMargin ? .nonInferiority(margin: .absolute(effect.magnitude)) : .difference(.absolute(effect))
    }

    private func agreesOnMeans(_ row: [Double], mode: PowerMode) throws {
        let (effect, power, isMargin, units) = (row[0], row[4], row[5] == 1, row[6])
        let plan = try PowerAnalysis(metric: mean(row[1]), treatmentShare: row[2], alpha: row[3], mode: mode)
        let hypothesis = hypothesis(effect, isMargin: isMargin)
        let size = try plan.sampleSize(for: hypothesis, power: power)
        #expect(relativeError(size.units, units) < 1e-9)
        #expect(size.expectedUnits == nil)
        #expect(relativeError(try plan.power(for: hypothesis, units: units), power) < 1e-9)
        #expect(relativeError(try plan.power(for: hypothesis, units: 1.7 * units), row[7]) < 1e-9)
        let detectable =
            isMargin
            ? try plan.smallestMargin(units: units, power: power)
            : try plan.minimumDetectableEffect(
                units: units,
                power: power,
                direction: effect > 0 ? .increase : .decrease
            )
        #expect(relativeError(detectable.absolute, isMargin ? effect.magnitude : effect) < 1e-9)
        #expect(detectable.relative == nil)
    }

    @Test(arguments: GoldenTable(PowerGolden.means).rows)
    func theNormalApproximationAgreesWithStatsmodels(row: [Double]) throws {
        try agreesOnMeans(row, mode: .fixed)
    }

    @Test(arguments: GoldenTable(PowerGolden.students).rows)
    func studentAgreesWithStatsmodels(row: [Double]) throws {
        try agreesOnMeans(row, mode: .fixedStudent)
    }

    @Test(arguments: GoldenTable(PowerGolden.unequal).rows)
    func unequalDeviationsAgreeWithStatsmodels(row: [Double]) throws {
        let plan = try PowerAnalysis(metric: mean(row[1], row[2]), treatmentShare: row[3], alpha: row[4])
        let effect = PowerHypothesis.difference(.absolute(row[0]))
        #expect(relativeError(try plan.sampleSize(for: effect, power: row[5]).units, row[6]) < 1e-9)
        #expect(relativeError(try plan.power(for: effect, units: 1.7 * row[6]), row[7]) < 1e-9)
    }

    @Test(arguments: GoldenTable(PowerGolden.proportions).rows)
    func proportionsAgreeWithStatsmodels(row: [Double]) throws {
        let (baseline, effect, power, units) = (row[0], row[1], row[4], row[5])
        let plan = try PowerAnalysis(
            metric: .proportion(baseline: baseline),
            controlShare: 2,
            treatmentShare: 2 * row[2],
            alpha: row[3]
        )
        for planned in [PlannedEffect.absolute(effect), .relative(effect / baseline)] {
            #expect(relativeError(try plan.sampleSize(for: .difference(planned), power: power).units, units) < 1e-9)
            #expect(relativeError(try plan.power(for: .difference(planned), units: 1.7 * units), row[6]) < 1e-9)
        }
        let margin = PowerHypothesis.nonInferiority(margin: .absolute(effect.magnitude))
        #expect(relativeError(try plan.sampleSize(for: margin, power: power).units, row[7]) < 1e-9)
        let detectable = try plan.minimumDetectableEffect(
            units: units,
            power: power,
            direction: effect > 0 ? .increase : .decrease
        )
        #expect(relativeError(detectable.absolute, effect) < 1e-9)
        #expect(relativeError(try #require(detectable.relative), effect / baseline) < 1e-9)
    }

    @Test(arguments: GoldenTable(SequentialGolden.plans).rows)
    func sequentialPlansAgreeWithTheRecursionOfDensities(row: [Double]) throws {
        let (power, drift, share, looks) = (row[0], row[1], row[2], Int(row[4]))
        let (fractions, boundaries) = (Array(row[5..<5 + looks]), Array(row[(5 + looks)...]))
        let modes: [PowerMode] = [
            .groupSequential(fractions: fractions), .boundaries(fractions: fractions, criticalValues: boundaries),
        ]
        // The last of the plans has boundaries of its own.
        for mode in row[5 + looks] == 3 ? Array(modes.dropFirst()) : modes {
            let plan = try PowerAnalysis(metric: mean(3), mode: mode)
            let effect = PowerHypothesis.difference(.absolute(-0.5))
            let size = try plan.sampleSize(for: effect, power: power)
            let units = 4 * (3 * drift / 0.5) * (3 * drift / 0.5)
            #expect(relativeError(size.units, units) < 1e-9)
            #expect(relativeError(try #require(size.expectedUnits), share * units) < 1e-9)
            #expect(relativeError(try plan.power(for: effect, units: units), power) < 1e-9)
            let expected = try #require(try plan.expectedUnits(for: effect, units: units))
            #expect(relativeError(expected, share * units) < 1e-9)
            let detectable = try plan.minimumDetectableEffect(units: units, power: power)
            #expect(relativeError(detectable.absolute, 0.5) < 1e-9)
            let margin = try plan.sampleSize(for: .nonInferiority(margin: .absolute(0.5)), power: power)
            #expect(relativeError(margin.units, 4 * (3 * row[3] / 0.5) * (3 * row[3] / 0.5)) < 1e-9)
        }
    }

    /// C. Jennison and B. W. Turnbull, "Group Sequential Methods with Applications to Clinical Trials" (2000), tables
    /// 2.2 and 2.4: how many times the units of a test with one look five equal looks need at most.
    @Test(arguments: [(0.8, 1.229, 1.028), (0.9, 1.207, 1.026)])
    func publishedRatiosOfTheMaximum(power: Double, pocock: Double, obrienFleming: Double) throws {
        let fractions = [0.2, 0.4, 0.6, 0.8, 1]
        let effect = PowerHypothesis.difference(.absolute(1))
        let fixed = try PowerAnalysis(metric: mean(10)).sampleSize(for: effect, power: power).units
        for (critical, exponent, ratio) in [(2.413, 0.0, pocock), (2.040, 0.5, obrienFleming)] {
            let boundaries = fractions.map { exponent == 0 ? critical : critical / $0.squareRoot() }
            let mode = PowerMode.boundaries(fractions: fractions, criticalValues: boundaries)
            let size = try PowerAnalysis(metric: mean(10), mode: mode).sampleSize(for: effect, power: power)
            #expect((size.units / fixed - ratio).magnitude < 8e-4)
        }
    }

    @Test func oneLookOfAnyModeIsTheFixedTest() throws {
        let effect = PowerHypothesis.difference(.absolute(0.1))
        let fixed = try PowerAnalysis(metric: mean(1)).sampleSize(for: effect, power: 0.8)
        let boundary = -Normal.quantile(0.025)
        for mode in [
            PowerMode.groupSequential(fractions: [1]), .boundaries(fractions: [1], criticalValues: [boundary]),
            .boundaries(fractions: [0.5, 1], criticalValues: [.infinity, boundary]),
        ] {
            let size = try PowerAnalysis(metric: mean(1), mode: mode).sampleSize(for: effect, power: 0.8)
            #expect(relativeError(size.units, fixed.units) < 1e-12)
            #expect(relativeError(try #require(size.expectedUnits), fixed.units) < 1e-12)
        }
    }

    @Test func wholeUnitsAreRoundedUp() throws {
        let effect = PowerHypothesis.difference(.absolute(0.5))
        let even = try PowerAnalysis(metric: mean(1)).sampleSize(for: effect, power: 0.8)
        // 125.58 units, so 62.79 in each arm.
        #expect((even.controlUnits, even.treatmentUnits) == (63, 63))
        #expect(even.totalUnits == 126)
        let uneven = try PowerAnalysis(metric: mean(1), controlShare: 90, treatmentShare: 10)
            .sampleSize(for: effect, power: 0.8)
        #expect(Double(uneven.controlUnits) == (uneven.units * 0.9).rounded(.up))
        #expect(Double(uneven.treatmentUnits) == (uneven.units * 0.1).rounded(.up))
        let tiny = try PowerAnalysis(metric: mean(1e-200)).sampleSize(for: .difference(.absolute(1)), power: 0.8)
        #expect(tiny.totalUnits == 2)
    }

    @Test func relativeEffectsAreOfTheBaseline() throws {
        let plan = try PowerAnalysis(metric: mean(4, baseline: -20))
        let relative = try plan.sampleSize(for: .difference(.relative(0.05)), power: 0.9)
        #expect(try relative == plan.sampleSize(for: .difference(.absolute(-1)), power: 0.9))
        let detectable = try plan.minimumDetectableEffect(units: relative.units, power: 0.9, direction: .decrease)
        #expect(relativeError(detectable.absolute, -1) < 1e-12)
        #expect(relativeError(try #require(detectable.relative), 0.05) < 1e-12)
        let margin = try plan.sampleSize(for: .nonInferiority(margin: .relative(0.05)), power: 0.9)
        #expect(try margin == plan.sampleSize(for: .nonInferiority(margin: .absolute(1)), power: 0.9))
    }

    @Test func onlyTheRatioOfTheSharesCounts() throws {
        let effect = PowerHypothesis.difference(.absolute(0.3))
        let small = try PowerAnalysis(metric: mean(1, 2), controlShare: 1, treatmentShare: 3)
        let large = try PowerAnalysis(metric: mean(1, 2), controlShare: 2500, treatmentShare: 7500)
        #expect(
            try small.sampleSize(for: effect, power: 0.8) == large.sampleSize(for: effect, power: 0.8)
        )
    }

    @Test func remainingDaysAreRoundedUp() {
        #expect(SampleSize.remainingDays(needed: 100, have: 100, perDay: 0) == 0)
        #expect(SampleSize.remainingDays(needed: 100, have: 120, perDay: 3) == 0)
        #expect(SampleSize.remainingDays(needed: 100, have: 90, perDay: 3) == 4)
        #expect(SampleSize.remainingDays(needed: 100, have: 91, perDay: 3) == 3)
        for rate in [0, -1, .nan, .infinity, 1e-300] {
            #expect(SampleSize.remainingDays(needed: 100, have: 90, perDay: rate) == nil)
        }
        #expect(SampleSize.remainingDays(needed: .max, have: .min, perDay: 1) == nil)
    }
}
