import HooklineStatistics
import Testing

@Suite struct CovariateAdjustmentTests {
    /// The arms of a golden row, and what follows its sizes and number of variables.
    private func read(_ row: [Double], arms count: Int, numbers: Int) -> (arms: [JointMoments], golden: [Double]) {
        let (sizes, variables) = (row[..<count].map { Int($0) }, Int(row[count]))
        var position = count + 1 + numbers
        let arms = sizes.map { size in
            defer { position += size * variables }
            let units = JointUnit.units(row[position..<position + size * variables], variables: variables)
            return JointMoments(variables == 3 ? .all : .covariate, units: units)
        }
        return (arms, Array(row[count + 1..<count + 1 + numbers]))
    }

    @Test(arguments: GoldenTable(JointGolden.adjusted).rows)
    func isThatOfTheUnits(row: [Double]) throws {
        let (arms, golden) = read(row, arms: 2, numbers: 9)
        let adjustment = CovariateAdjustment(over: arms)
        let summaries = arms.map { adjustment.adjust($0).summary }
        let test = try WelchTest.compare(control: summaries[0], treatment: summaries[1]).get()
        let numbers = [
            try #require(adjustment.theta), try #require(adjustment.covariateMean),
            try #require(summaries[0].mean), try #require(summaries[0].varianceOfMean),
            try #require(summaries[1].mean), try #require(summaries[1].varianceOfMean),
            test.t, test.degreesOfFreedom, test.pValue,
        ]
        for (number, expected) in zip(numbers, golden) { #expect(relativeError(number, expected) < 2e-11) }
        #expect(summaries.map(\.n) == arms.map(\.count))
    }

    @Test(arguments: GoldenTable(JointGolden.exact).rows)
    func roundsAsFractionsDo(row: [Double]) throws {
        let (arms, golden) = read(row, arms: 3, numbers: 13)
        let adjustment = CovariateAdjustment(over: arms)
        let summaries = arms.map { adjustment.adjust($0).summary }
        #expect(adjustment.theta == golden[0])
        #expect(adjustment.covariateMean == golden[1])
        for (index, summary) in summaries.enumerated() {
            #expect(summary.mean == golden[2 + 3 * index])
            #expect(summary.varianceOfMean == golden[3 + 3 * index])
            #expect(adjustment.adjust(arms[index]).varianceReduction == golden[4 + 3 * index])
        }
        let together = CovariateAdjustment.adjust(arms)
        #expect(together.adjustment == adjustment && together.arms == arms.map(adjustment.adjust))
        #expect(together.arms.map(\.measured) == arms.map(\.summary))
        #expect(summaries[1].meanDifference(from: summaries[0]) == golden[11])
        #expect(summaries[2].meanDifference(from: summaries[0]) == golden[12])
    }

    /// An effect is no reason to believe more in the covariate: theta is that within the arms. The effect is exact.
    @Test func anEffectDoesNotChangeTheta() throws {
        var random = SeededGenerator(seed: 3)
        let draw = { (random: inout SeededGenerator) in
            let x = Double(random.below(64)) / 4
            return JointUnit(y: x + Double(random.below(32)) / 8, x: x)
        }
        let (control, treatment) = (
            (0..<80).map { _ in draw(&random) }, (0..<70).map { _ in draw(&random) }
        )
        let raised = treatment.map { JointUnit(y: $0.y + 1_024, x: $0.x) }
        let arms = [control, treatment, raised].map { JointMoments(.covariate, units: $0) }
        let null = CovariateAdjustment(over: [arms[0], arms[1]])
        let effect = CovariateAdjustment(over: [arms[0], arms[2]])
        #expect(null.theta == effect.theta && null.theta != nil)
        #expect(null.adjust(arms[0]).summary == effect.adjust(arms[0]).summary)
        #expect(null.adjust(arms[1]).summary.varianceOfMean == effect.adjust(arms[2]).summary.varianceOfMean)
        #expect(effect.adjust(arms[2]).summary.mean != effect.adjust(arms[1]).summary.mean)
    }

    @Test func withoutVarianceOfTheCovariateNothingIsAdjusted() {
        // Between the arms it differs, but that is no variance within them.
        let arms = [(1.0, 0.1), (2.0, 0.7)].map { start, x in
            JointMoments(.covariate, units: (0..<5).map { JointUnit(y: start + Double($0), x: x) })
        }
        let adjustment = CovariateAdjustment(over: arms)
        #expect(adjustment.theta == nil)
        for arm in arms {
            #expect(adjustment.adjust(arm).summary == arm.summary)
            #expect(adjustment.adjust(arm).varianceReduction == 0)
        }
        let none = CovariateAdjustment(over: [])
        #expect(none.theta == nil && none.covariateMean == nil)
        #expect(none.adjust(JointMoments(.covariate)).summary.mean == nil)
    }

    @Test func armsWithoutEnoughUnitsHaveNoReduction() throws {
        let one = JointMoments(.covariate, units: [JointUnit(y: 5, x: 3)])
        let empty = JointMoments(.covariate)
        let many = JointMoments(.covariate, units: (0..<9).map { JointUnit(y: Double($0 % 4), x: Double($0)) })
        let adjustment = CovariateAdjustment(over: [one, empty, many])
        let theta = try #require(adjustment.theta)
        #expect(theta == CovariateAdjustment(over: [many]).theta)
        #expect(adjustment.covariateMean == 3.9)
        #expect(relativeError(try #require(adjustment.adjust(one).summary.mean), 5 + theta * 0.9) < 1e-15)
        #expect(adjustment.adjust(one).summary.varianceOfMean == nil && adjustment.adjust(one).varianceReduction == nil)
        #expect(adjustment.adjust(empty).summary == empty.summary && adjustment.adjust(empty).varianceReduction == nil)
        #expect(
            WelchTest.compare(control: adjustment.adjust(one).summary, treatment: adjustment.adjust(many).summary)
                == .failure(.tooFewUnits(.control, n: 1))
        )
    }

    @Test func whatTheCovariateExplainsWhollyHasNoVarianceLeft() {
        let arms = [0.0, 7].map { effect in
            JointMoments(.covariate, units: (0..<6).map { JointUnit(y: 2 * Double($0) + effect, x: Double($0)) })
        }
        let adjustment = CovariateAdjustment(over: arms)
        let adjusted = arms.map(adjustment.adjust)
        let summaries = adjusted.map(\.summary)
        #expect(adjustment.theta == 2)
        #expect(adjusted.map(\.varianceReduction) == [1, 1])
        #expect(summaries[1].meanDifference(from: summaries[0]) == 7)
        #expect(WelchTest.compare(control: summaries[0], treatment: summaries[1]) == .failure(.noVariance))
        // Adjusted values of 0 are not values of 0.
        let centered = JointMoments(.covariate, units: [-1.0, 1].map { JointUnit(y: $0, x: $0) })
        let zero = CovariateAdjustment(over: [centered, centered]).adjust(centered).summary
        #expect(zero.mean == 0 && WelchTest.compare(control: zero, treatment: zero) == .failure(.noVariance))
    }

    @Test func anArmWithoutARatioStaysWithoutOne() throws {
        var random = SeededGenerator(seed: 9)
        let healthy = JointMoments(
            .all,
            units: (0..<20).map { _ in JointUnit(y: random.unit(), d: 1 + random.unit(), x: random.unit()) }
        )
        let broken = JointMoments(.all, units: (0..<20).map { JointUnit(y: 1, d: 0, x: Double($0)) })
        let adjustment = CovariateAdjustment(over: [healthy, broken])
        #expect(adjustment.theta == CovariateAdjustment(over: [healthy]).theta)
        #expect(adjustment.adjust(broken).summary.gap == .denominatorNotPositive)
        #expect(adjustment.adjust(broken).varianceReduction == nil)
        let (control, treatment) = (adjustment.adjust(healthy).summary, adjustment.adjust(broken).summary)
        #expect(
            WelchTest.compare(control: control, treatment: treatment) == .failure(.denominatorNotPositive(.treatment))
        )
    }

    /// y of 1e100 on an x of 1e-300: theta has no double, but the adjusted mean has.
    @Test func aThetaBeyondTheDoublesIsStillUsed() throws {
        let units = [(1.0, 1.0), (2, 3), (4, 3), (5, 7), (6, 6)]
        let plain = JointMoments(.covariate, units: units.map { JointUnit(y: $0.0, x: $0.1) })
        let great = JointMoments(
            .covariate,
            units: units.map { JointUnit(y: $0.0 * 0x1p320, x: $0.1 * 0x1p-1000) }
        )
        let adjustment = CovariateAdjustment(over: [great])
        #expect(adjustment.theta == .greatestFiniteMagnitude)
        let expected = CovariateAdjustment(over: [plain])
        #expect(adjustment.adjust(great).varianceReduction == expected.adjust(plain).varianceReduction)
        let mean = try #require(expected.adjust(plain).summary.mean)
        #expect(adjustment.adjust(great).summary.mean == mean * 0x1p320)
        // Far from the other arm, the line leaves the doubles.
        let far = JointMoments(.covariate, units: [JointUnit(y: 1, x: 1e100), JointUnit(y: 2, x: 1e100)])
        #expect(CovariateAdjustment(over: [great, far]).adjust(far).summary.gap == .outOfRange)
    }

    /// Nothing is left of the variance but the rounding of theta, which must not become a test.
    @Test func aCovariateThatExplainsAllLeavesNothingToTest() {
        let arms = [[(0.0, 0.0), (3, 1)], [(0.0, 5.0), (3, 6)]].map { units in
            var moments = JointMoments(.covariate)
            for (x, y) in units { moments.add(y: y, x: x) }
            return moments
        }
        let adjustment = CovariateAdjustment(over: arms)
        let adjusted = arms.map(adjustment.adjust)
        #expect(adjusted.map(\.summary.varianceOfMean) == [0, 0])
        #expect(adjusted.map(\.varianceReduction) == [1, 1])
        #expect(WelchTest.compare(control: adjusted[0], treatment: adjusted[1]) == .failure(.noVariance))
    }
}
