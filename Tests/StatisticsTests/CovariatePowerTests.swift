import HooklineStatistics
import Testing

/// What the adjustment promises, on seeded normal values.
@Suite struct CovariatePowerTests {
    /// Pairs of independent values.
    private static let pairs: [(x: Double, noise: Double)] = {
        var random = SeededGenerator(seed: 13)
        return (0..<200_000).map { _ in (random.normal(), random.normal()) }
    }()

    /// The share of the variance that is taken away is the square of the correlation (Deng et al., section 3.2).
    @Test(arguments: [0.3, 0.5, 0.7, 0.9])
    func variesLessByTheSquareOfTheCorrelation(correlation: Double) throws {
        var arms = [JointMoments(.covariate), JointMoments(.covariate)]
        let rest = (1 - correlation * correlation).squareRoot()
        for (index, (x, noise)) in Self.pairs.enumerated() {
            arms[index & 1].add(y: 50 + 3 * (correlation * x + rest * noise), x: 20 + 0.5 * x)
        }
        let adjustment = CovariateAdjustment(over: arms)
        #expect(abs(try #require(adjustment.theta) - 6 * correlation) < 0.06)
        for arm in arms {
            let reduction = try #require(adjustment.adjust(arm).varianceReduction)
            #expect(abs(reduction - correlation * correlation) < 0.01)
            let (before, after) = (
                try #require(arm.summary.varianceOfMean), try #require(adjustment.adjust(arm).summary.varianceOfMean)
            )
            #expect(relativeError(1 - after / before, reduction) < 1e-14)
        }
    }

    /// Without an effect, p-values are uniform: the Kolmogorov-Smirnov distance of 500 is below 1.63 / sqrt(500) in
    /// 99 % of all experiments. The same of the unadjusted difference with the adjusted variance would not be.
    @Test(arguments: [JointMoments.Shape.covariate, .all])
    func withoutAnEffectPValuesAreUniform(shape: JointMoments.Shape) throws {
        var random = SeededGenerator(seed: 17)
        var (adjusted, mismatched): ([Double], [Double]) = ([], [])
        for _ in 0..<500 {
            var arms = [JointMoments(shape), JointMoments(shape)]
            for index in 0..<200 {
                let x = random.normal()
                let d = 5 + random.unit() * 4
                let level = 2 + 0.8 * x + 0.6 * random.normal()
                arms[index & 1].add(
                    y: shape == .all ? level * d : level,
                    d: shape == .all ? d : nil,
                    x: x
                )
            }
            let adjustment = CovariateAdjustment(over: arms)
            let summaries = arms.map { adjustment.adjust($0).summary }
            let test = try WelchTest.compare(control: summaries[0], treatment: summaries[1]).get()
            adjusted.append(test.pValue)
            let difference = try #require(arms[1].summary.meanDifference(from: arms[0].summary))
            mismatched.append(2 * Normal.survival(abs(difference) / test.standardError))
        }
        let limit = 1.63 / 500.0.squareRoot()
        #expect(distanceFromUniform(adjusted) < limit)
        #expect(distanceFromUniform(mismatched) > 2 * limit)
    }

    /// An effect of a tenth of a standard deviation is seen with x, and not without.
    @Test func theAdjustmentSeesWhatIsHiddenWithoutIt() throws {
        var random = SeededGenerator(seed: 19)
        var arms = [JointMoments(.covariate), JointMoments(.covariate)]
        for index in 0..<1_000 {
            let x = random.normal()
            arms[index & 1].add(y: 10 + x + 0.3 * random.normal() + 0.1 * Double(index & 1), x: x)
        }
        let adjustment = CovariateAdjustment(over: arms)
        let plain = try WelchTest.compare(control: arms[0], treatment: arms[1]).get()
        let summaries = arms.map { adjustment.adjust($0).summary }
        let test = try WelchTest.compare(control: summaries[0], treatment: summaries[1]).get()
        #expect(plain.pValue > 0.05)
        #expect(test.pValue < 0.001)
        #expect(test.interval.contains(0.1))
        // Relative to the control's adjusted mean, near 10.
        let percent = try #require(test.lift.percent)
        #expect(relativeError(percent, 100 * test.difference / (try #require(test.control.mean))) < 1e-15)
    }

    private func distanceFromUniform(_ values: [Double]) -> Double {
        let n = Double(values.count)
        return values.sorted().enumerated().map { index, value in
            max(Double(index + 1) / n - value, value - Double(index) / n)
        }.max() ?? 0
    }
}

extension SeededGenerator {
    fileprivate mutating func normal() -> Double {
        Normal.quantile((Double(next() >> 12) + 0.5) * 0x1p-52)
    }
}
