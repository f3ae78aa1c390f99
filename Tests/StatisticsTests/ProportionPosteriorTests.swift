import HooklineStatistics
import Testing

@Suite struct ProportionPosteriorTests {
    @Test(arguments: GoldenTable(PosteriorGolden.proportions).rows)
    func agreesWithMpmath(row: [Double]) throws {
        let counts = row[2..<6].map { Int64($0) }
        let prior = try BetaPrior(a: row[0], b: row[1])
        let compare = { (direction: Direction) in
            try ProportionPosterior.compare(
                control: Proportion(conversions: counts[0], units: counts[1]),
                treatment: Proportion(conversions: counts[2], units: counts[3]),
                controlPrior: prior,
                treatmentPrior: prior,
                direction: direction
            ).get()
        }
        let more = try compare(.increase)
        #expect(relativeError(more.chanceToWin, row[6]) < 1e-10)
        #expect(relativeError(more.chanceToLose, row[7]) < 1e-10)
        #expect(relativeError(more.expectedLossOfTreatment, row[8]) < 1e-10)
        #expect(relativeError(more.expectedLossOfControl, row[9]) < 1e-10)
        #expect((more.expectedLossOfControl - more.expectedLossOfTreatment - more.mean).magnitude < 1e-11)
        let less = try compare(.decrease)
        #expect(less.chanceToWin == more.chanceToLose)
        #expect(less.expectedLossOfTreatment == more.expectedLossOfControl)
    }

    /// Of uniform rates: each wins in half of all cases, and the mean of what the greater is above is 1/6.
    @Test func withoutDataTheChancesAreEven() throws {
        let none = Proportion(conversions: 0, units: 0)
        let posterior = try ProportionPosterior.compare(control: none, treatment: none, direction: .increase).get()
        #expect(relativeError(posterior.chanceToWin, 0.5) < 1e-13)
        #expect(relativeError(posterior.expectedLossOfControl, 1.0 / 6) < 1e-13)
        #expect(posterior.mean == 0)
        #expect(relativeError(posterior.standardDeviation, (1.0 / 6).squareRoot()) < 1e-15)
    }

    /// Each arm has a prior of its own: Beta(2, 1) is above Beta(1, 1) with a chance of 2/3, and 1/6 higher.
    @Test func priorsBelongToTheirArms() throws {
        let none = Proportion(conversions: 0, units: 0)
        let posterior = try ProportionPosterior.compare(
            control: none,
            treatment: none,
            treatmentPrior: BetaPrior(a: 2, b: 1),
            direction: .increase
        ).get()
        #expect(relativeError(posterior.chanceToWin, 2.0 / 3) < 1e-13)
        #expect(relativeError(posterior.chanceToLose, 1.0 / 3) < 1e-13)
        #expect(relativeError(posterior.mean, 1.0 / 6) < 1e-14)
    }

    /// Two integrals differ by a closed form, whatever the shapes: there is no kind that the quadrature misses.
    @Test(arguments: 0..<40)
    func theLossesDifferByTheMean(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let prior = try BetaPrior(a: 0.001 + random.unit() * 3, b: 0.001 + random.unit() * random.unit())
        let arms = (0..<2).map { _ in
            let units = [1, 30, 4_000, 10_000_000][random.below(4)]
            return Proportion(conversions: Int64(random.below(units + 1)), units: Int64(units))
        }
        let posterior = try ProportionPosterior.compare(
            control: arms[0],
            treatment: arms[1],
            controlPrior: prior,
            direction: .increase
        ).get()
        let gain = posterior.expectedLossOfControl - posterior.expectedLossOfTreatment
        #expect((gain - posterior.mean).magnitude < 1e-12)
        #expect(posterior.expectedLossOfControl >= 0 && posterior.expectedLossOfTreatment >= 0)
    }

    @Test func certainOutcomesAreNoNumbersToFear() throws {
        let posterior = try ProportionPosterior.compare(
            control: Proportion(conversions: 0, units: 1_000_000_000_000),
            treatment: Proportion(conversions: 1_000_000_000_000, units: 1_000_000_000_000),
            direction: .increase
        ).get()
        #expect(posterior.chanceToWin == 1)
        #expect(posterior.chanceToLose == 0)
        #expect(posterior.expectedLossOfTreatment == 0)
        #expect(relativeError(posterior.expectedLossOfControl, 1) < 1e-11)
    }

    @Test func improperPriorsAreRefused() {
        for shape in [0.0, -1, .nan, .infinity, 1e-4, 1e13] {
            #expect(throws: ImproperPrior.self) { try BetaPrior(a: shape, b: 1) }
            #expect(throws: ImproperPrior.self) { try BetaPrior(a: 1, b: shape) }
        }
        #expect(ImproperPrior.shapeOutOfRange(0).description.contains("A shape of the prior is 0.0"))
    }

    @Test func whatIsNoProportionIsRefused() {
        let result = ProportionPosterior.compare(
            control: Proportion(conversions: 1, units: 2),
            treatment: Proportion(conversions: 3, units: 2),
            direction: .increase
        )
        #expect(result == .failure(.notAProportion(.treatment, conversions: 3, units: 2)))
    }
}
