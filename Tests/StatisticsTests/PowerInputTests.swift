import HooklineStatistics
import Testing

@Suite struct PowerInputTests {
    private func field(_ body: () throws -> Void) -> PowerInputError.Field? {
        do {
            try body()
            return nil
        } catch {
            return (error as? PowerInputError)?.field
        }
    }

    private func mean(baseline: Double? = nil) -> PlannedMetric {
        .mean(baseline: baseline, controlStandardDeviation: 1, treatmentStandardDeviation: 1)
    }

    @Test(
        arguments: [
            (
                .mean(baseline: nil, controlStandardDeviation: 0, treatmentStandardDeviation: 1),
                .controlStandardDeviation
            ),
            (
                .mean(baseline: nil, controlStandardDeviation: .nan, treatmentStandardDeviation: 1),
                .controlStandardDeviation
            ),
            (
                .mean(baseline: nil, controlStandardDeviation: 1, treatmentStandardDeviation: .infinity),
                .treatmentStandardDeviation
            ),
            (.mean(baseline: .nan, controlStandardDeviation: 1, treatmentStandardDeviation: 1), .baseline),
            (.proportion(baseline: 0), .baseline), (.proportion(baseline: 1), .baseline),
            (.proportion(baseline: .nan), .baseline),
        ] as [(PlannedMetric, PowerInputError.Field)]
    )
    func refusesAMetric(metric: PlannedMetric, expected: PowerInputError.Field) {
        #expect(field { _ = try PowerAnalysis(metric: metric) } == expected)
    }

    @Test(arguments: [0, -1, .nan, .infinity])
    func refusesShares(share: Double) {
        #expect(field { _ = try PowerAnalysis(metric: mean(), controlShare: share) } == .controlShare)
        #expect(field { _ = try PowerAnalysis(metric: mean(), treatmentShare: share) } == .treatmentShare)
    }

    @Test(arguments: [0, 1, -0.05, .nan, .infinity])
    func refusesAnAlpha(alpha: Double) {
        #expect(field { _ = try PowerAnalysis(metric: mean(), alpha: alpha) } == .alpha)
    }

    @Test(
        arguments: [
            (.groupSequential(fractions: []), .fractions), (.groupSequential(fractions: [0.5]), .fractions),
            (.groupSequential(fractions: [0.5, 0.5, 1]), .fractions),
            (.groupSequential(fractions: [0, 1]), .fractions),
            (.groupSequential(fractions: [0.5, 1.5]), .fractions),
            (.groupSequential(fractions: [.nan, 1]), .fractions),
            (.boundaries(fractions: [1, 2], criticalValues: [2, 2]), .fractions),
            (.boundaries(fractions: [0.5, 1], criticalValues: [2]), .criticalValues),
            (.boundaries(fractions: [0.5, 1], criticalValues: [2, .nan]), .criticalValues),
            (.boundaries(fractions: [0.5, 1], criticalValues: [-2, 2]), .criticalValues),
            (.boundaries(fractions: [1], criticalValues: [.infinity]), .criticalValues),
        ] as [(PowerMode, PowerInputError.Field)]
    )
    func refusesAMode(mode: PowerMode, expected: PowerInputError.Field) {
        #expect(field { _ = try PowerAnalysis(metric: mean(), mode: mode) } == expected)
    }

    @Test(
        arguments: [
            (.difference(.absolute(0)), .effect), (.difference(.absolute(.nan)), .effect),
            (.difference(.relative(.infinity)), .effect), (.difference(.absolute(0.7)), .effect),
            (.difference(.absolute(-0.3)), .effect), (.difference(.relative(-1)), .effect),
            (.difference(.absolute(1e-12)), .effect), (.nonInferiority(margin: .absolute(0)), .margin),
            (.nonInferiority(margin: .absolute(-0.1)), .margin), (.nonInferiority(margin: .relative(.nan)), .margin),
            (.nonInferiority(margin: .absolute(1)), .margin), (.nonInferiority(margin: .absolute(1e-12)), .margin),
        ] as [(PowerHypothesis, PowerInputError.Field)]
    )
    func refusesAHypothesis(hypothesis: PowerHypothesis, expected: PowerInputError.Field) throws {
        for mode in [PowerMode.fixed, .fixedStudent] {
            let plan = try PowerAnalysis(metric: .proportion(baseline: 0.3), mode: mode)
            #expect(field { _ = try plan.sampleSize(for: hypothesis, power: 0.8) } == expected)
        }
    }

    @Test func aRelativeEffectNeedsABaseline() throws {
        for baseline in [nil, 0.0] {
            let plan = try PowerAnalysis(metric: mean(baseline: baseline))
            #expect(field { _ = try plan.sampleSize(for: .difference(.relative(0.1)), power: 0.8) } == .baseline)
            #expect(field { _ = try plan.power(for: .nonInferiority(margin: .relative(0.1)), units: 9) } == .baseline)
            #expect(try plan.minimumDetectableEffect(units: 100, power: 0.8).relative == nil)
        }
    }

    @Test(arguments: [0.05, 0.01, 0, 1, 1.5, .nan])
    func refusesAPower(power: Double) throws {
        let plan = try PowerAnalysis(metric: mean())
        #expect(field { _ = try plan.sampleSize(for: .difference(.absolute(1)), power: power) } == .power)
        #expect(field { _ = try plan.minimumDetectableEffect(units: 100, power: power) } == .power)
        #expect(field { _ = try plan.smallestMargin(units: 100, power: power) } == .power)
    }

    /// Boundaries that reject 32 % of the time without any effect.
    @Test func aPowerIsAboveTheErrorOfTheBoundaries() throws {
        let plan = try PowerAnalysis(metric: mean(), mode: .boundaries(fractions: [1], criticalValues: [1]))
        #expect(field { _ = try plan.sampleSize(for: .difference(.absolute(1)), power: 0.3) } == .power)
        #expect(field { _ = try plan.sampleSize(for: .difference(.absolute(1)), power: 0.33) } == nil)
        // Above only, it is half of that.
        #expect(field { _ = try plan.sampleSize(for: .nonInferiority(margin: .absolute(1)), power: 0.3) } == nil)
    }

    @Test(arguments: [0, -1, .nan, .infinity])
    func refusesUnits(units: Double) throws {
        let plan = try PowerAnalysis(metric: mean())
        #expect(field { _ = try plan.power(for: .difference(.absolute(1)), units: units) } == .units)
        #expect(field { _ = try plan.expectedUnits(for: .difference(.absolute(1)), units: units) } == .units)
        #expect(field { _ = try plan.minimumDetectableEffect(units: units, power: 0.8) } == .units)
    }

    @Test func tooFewUnitsDetectNothing() throws {
        let plan = try PowerAnalysis(metric: .proportion(baseline: 0.9))
        #expect(field { _ = try plan.minimumDetectableEffect(units: 20, power: 0.8) } == .units)
        #expect(try plan.minimumDetectableEffect(units: 20, power: 0.8, direction: .decrease).absolute < -0.3)
        let student = try PowerAnalysis(metric: mean(), mode: .fixedStudent)
        #expect(field { _ = try student.power(for: .difference(.absolute(1)), units: 2) } == .units)
        let outOfReach = PowerMode.boundaries(fractions: [1], criticalValues: [1e12])
        let plan2 = try PowerAnalysis(metric: mean(), mode: outOfReach)
        #expect(field { _ = try plan2.sampleSize(for: .difference(.absolute(1)), power: 0.8) } == .effect)
        #expect(field { _ = try plan2.minimumDetectableEffect(units: 20, power: 0.8) } == .units)
    }

    @Test func saysWhatIsAccepted() throws {
        let error = #expect(throws: PowerInputError.self) { try PowerAnalysis(metric: .proportion(baseline: 1.5)) }
        #expect(error?.description == "baseline is 1.5; accepted: a proportion above 0 and below 1.")
    }
}
