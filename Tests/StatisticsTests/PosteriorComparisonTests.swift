import HooklineStatistics
import Testing

@Suite struct PosteriorComparisonTests {
    private func moments(_ values: some Sequence<Double>) -> Moments {
        var moments = Moments()
        for value in values { moments.add(value) }
        return moments
    }

    /// Arms of two values each with exactly this difference of means and this standard error.
    private func arms(difference: Double, standardError: Double) -> (control: Moments, treatment: Moments) {
        (moments([-standardError, standardError]), moments([difference, difference]))
    }

    @Test(arguments: GoldenTable(PosteriorGolden.normals).rows)
    func agreesWithMpmath(row: [Double]) throws {
        let (control, treatment) = arms(difference: row[0], standardError: row[1])
        let prior = try NormalPrior(mean: row[2], standardDeviation: row[3])
        let compare = { (direction: Direction) in
            try PosteriorComparison.compare(
                control: control,
                treatment: treatment,
                effect: .difference,
                prior: prior,
                direction: direction,
                credibleLevel: 0.9
            ).get()
        }
        let more = try compare(.increase)
        #expect(relativeError(more.mean, row[4]) < 1e-13)
        #expect(relativeError(more.standardDeviation, row[5]) < 1e-13)
        #expect(relativeError(more.chanceToWin, row[6]) < 1e-12)
        #expect(relativeError(more.expectedLossOfTreatment, row[7]) < 1e-12)
        #expect(relativeError(more.expectedLossOfControl, row[8]) < 1e-12)
        #expect(relativeError(more.interval.lower, row[9]) < 1e-12)
        #expect(relativeError(more.interval.upper, row[10]) < 1e-12)
        let less = try compare(.decrease)
        #expect(less.chanceToLose == more.chanceToWin)
        #expect(less.chanceToWin == more.chanceToLose)
        #expect(less.expectedLossOfControl == more.expectedLossOfTreatment)
        #expect(less.expectedLossOfTreatment == more.expectedLossOfControl)
        #expect(less.interval == more.interval)
    }

    /// v_T / m_C^2 + v_C m_T^2 / m_C^4, by hand: the means are 5 and 6, the squared standard errors 1 and 4.
    @Test func theLiftHasTheVarianceOfTheDeltaMethod() throws {
        let posterior = try PosteriorComparison.compare(
            control: moments([4, 6]),
            treatment: moments([4, 8]),
            effect: .lift,
            prior: NormalPrior(mean: 0.1, standardDeviation: 0.3),
            direction: .increase
        ).get()
        #expect(posterior.estimate == 0.2)
        let variance = 4.0 / 25 + 36.0 / 625
        #expect(relativeError(posterior.standardError, variance.squareRoot()) < 1e-15)
        let precision = 1 / variance + 1 / 0.09
        #expect(relativeError(posterior.mean, (0.2 / variance + 0.1 / 0.09) / precision) < 1e-15)
        #expect(relativeError(posterior.standardDeviation, 1 / precision.squareRoot()) < 1e-15)
    }

    /// A wide prior leaves the estimate, a narrow one is left; neither is an infinity.
    @Test(arguments: [(1e300, 2.0), (1e-300, 7.0)])
    func aPriorOfAnyWidthWorks(width: Double, mean: Double) throws {
        let (control, treatment) = arms(difference: 2, standardError: 0.5)
        let posterior = try PosteriorComparison.compare(
            control: control,
            treatment: treatment,
            effect: .difference,
            prior: NormalPrior(mean: 7, standardDeviation: width),
            direction: .increase
        ).get()
        #expect(relativeError(posterior.mean, mean) < 1e-15)
        #expect(relativeError(posterior.standardDeviation, min(0.5, width)) < 1e-15)
        #expect(posterior.chanceToWin > 0.9)
        #expect(posterior.expectedLossOfTreatment >= 0)
        #expect(relativeError(posterior.expectedLossOfControl, mean) < 1e-4)
    }

    /// The loss of each choice differs by the mean, and the chances add up to 1.
    @Test(arguments: 0..<50)
    func theLossesDifferByTheMean(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let (control, treatment) = arms(difference: random.unit() - 0.5, standardError: 0.05 + random.unit())
        let posterior = try PosteriorComparison.compare(
            control: control,
            treatment: treatment,
            effect: .difference,
            prior: NormalPrior(mean: 0, standardDeviation: 0.5),
            direction: .increase
        ).get()
        let gain = posterior.expectedLossOfControl - posterior.expectedLossOfTreatment
        #expect((gain - posterior.mean).magnitude < 1e-14)
        #expect((posterior.chanceToWin + posterior.chanceToLose - 1).magnitude < 1e-15)
        #expect(posterior.interval.contains(posterior.mean))
    }

    @Test func improperPriorsAreRefused() {
        let cases: [(Double, Double, ImproperPrior)] = [
            (0, .infinity, .standardDeviationOutOfRange(.infinity)), (0, 0, .standardDeviationOutOfRange(0)),
            (0, -1, .standardDeviationOutOfRange(-1)), (.infinity, 1, .meanNotFinite(.infinity)),
        ]
        for (mean, deviation, reason) in cases {
            #expect(throws: reason) { try NormalPrior(mean: mean, standardDeviation: deviation) }
            #expect(reason.description.contains("of the prior is"))
        }
        #expect(throws: ImproperPrior.self) { try NormalPrior(mean: .nan, standardDeviation: 1) }
        #expect(throws: ImproperPrior.self) { try NormalPrior(mean: 0, standardDeviation: .nan) }
    }

    @Test func anImpossibleComparisonSaysWhy() throws {
        let prior = try NormalPrior(mean: 0, standardDeviation: 1)
        let (ones, some) = (moments([1, 1, 1]), moments([1, 2]))
        let cases: [(Moments, Moments, PosteriorComparison.Effect, NotTestable)] = [
            (Moments(), some, .difference, .tooFewUnits(.control, n: 0)),
            (some, moments([2]), .difference, .tooFewUnits(.treatment, n: 1)),
            (moments([0, 0]), moments([0, 0]), .difference, .onlyZeros), (ones, ones, .lift, .noVariance),
            (moments([-1, -2]), some, .lift, .controlMeanNotPositive),
            (moments([-1, 1]), some, .lift, .controlMeanNotPositive),
            (moments([1e-300, 1.5e-300]), moments([5e99, 1e100]), .lift, .noLift(.outOfRange)),
        ]
        for (control, treatment, effect, reason) in cases {
            let result = PosteriorComparison.compare(
                control: control,
                treatment: treatment,
                effect: effect,
                prior: prior,
                direction: .increase
            )
            #expect(result == .failure(reason))
        }
    }
}
