import HooklineStatistics
import Testing

@Suite struct RepeatedPValueTests {
    private let fractions = [0.2, 0.4, 0.6, 0.8, 1]

    @Test(arguments: GoldenTable(SequentialGolden.repeated).rows)
    func agreesWithTheRecursionOfDensities(row: [Double]) throws {
        let design = try GroupSequentialDesign(alpha: 0.05, fractions: Array(row[4...]), endsEarly: row[0] == 1)
        let value = design.repeatedPValue(z: row[2], at: Int(row[1]))
        #expect(relativeError(value, row[3]) < 1e-8)
        #expect(design.repeatedPValue(z: -row[2], at: Int(row[1])) == value)
    }

    /// At the first analysis 4 Q(x / sqrt(t)) = 2 Q(z) and p = 4 Q(x).
    @Test(arguments: [1.0, 2, 5, 12, 30])
    func theFirstAnalysisHasAClosedForm(z: Double) throws {
        let design = try GroupSequentialDesign(alpha: 0.05, fractions: fractions)
        let expected = 4 * Normal.survival(-Normal.quantile(Normal.survival(z) / 2) * 0.2.squareRoot())
        #expect(relativeError(design.repeatedPValue(z: z, at: 0), Swift.min(1, expected)) < 1e-9)
        let only = try GroupSequentialDesign(alpha: 0.05, fractions: [1])
        #expect(relativeError(only.repeatedPValue(z: z, at: 0), 2 * Normal.survival(z)) < 1e-10)
    }

    @Test(arguments: [0.05, 0.01, 1e-6])
    func theBoundaryHasTheLevelAsItsPValue(alpha: Double) throws {
        let design = try GroupSequentialDesign(alpha: alpha, fractions: fractions)
        for (index, critical) in design.criticalValues().enumerated() {
            #expect(relativeError(design.repeatedPValue(z: critical, at: index), alpha) < 1e-9)
        }
    }

    @Test func fallsWithZAndIsNeverBelowTheUnadjusted() throws {
        let design = try GroupSequentialDesign(alpha: 0.05, fractions: [0.3, 0.35, 0.8])
        for index in 0..<3 {
            var before = 1.0
            for z in [0.0, 0.3, 1, 2, 4, 8, 16, 32, 64] {
                let value = design.repeatedPValue(z: z, at: index)
                #expect(value <= before)
                #expect(value > 0)
                #expect(value >= 2 * Normal.survival(z))
                before = value
            }
        }
    }

    @Test func noEvidenceHasPOne() throws {
        let design = try GroupSequentialDesign(alpha: 0.05, fractions: [0.5, 1])
        #expect(design.repeatedPValue(z: 0, at: 0) == 1)
        #expect(design.repeatedPValue(z: 0.1, at: 0) == 1)
        #expect(design.repeatedPValue(z: 0, at: 1) == 1)
    }

    @Test func laterAnalysesHaveNoPart() throws {
        let some = try GroupSequentialDesign(alpha: 0.05, fractions: [0.3, 0.6])
        let all = try GroupSequentialDesign(alpha: 0.01, fractions: [0.3, 0.6, 0.9, 1.2])
        #expect(some.repeatedPValue(z: 3, at: 1) == all.repeatedPValue(z: 3, at: 1))
    }

    #if os(Linux) || os(macOS)
        @Test func refusesWhatIsNoStatistic() async {
            await #expect(processExitsWith: .failure) {
                _ = try GroupSequentialDesign(alpha: 0.05, fractions: [1]).repeatedPValue(z: .nan, at: 0)
            }
            await #expect(processExitsWith: .failure) {
                _ = try GroupSequentialDesign(alpha: 0.05, fractions: [1]).repeatedPValue(z: 1, at: 1)
            }
        }
    #endif
}
