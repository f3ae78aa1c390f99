import HooklineStatistics
import Testing

/// The tools of simulations.
@Suite struct SimulationTests {
    @Test(arguments: [
        Population(.normal), Population(.normal, factor: 3, correlation: -0.4),
        Population(.conversion(rate: 0.05), factor: 2),
        Population(.lognormal(sigma: 1), factor: 0.5), Population(.zeroInflated(share: 0.1), factor: 1.5),
    ])
    func populationsHaveTheMeanThatTheyState(population: Population) {
        var random = SplitMix64(seed: 1)
        var values = Moments()
        var covariates = Moments()
        for _ in 0..<200_000 {
            let (value, covariate) = population.unit(&random)
            values.add(value)
            covariates.add(covariate)
        }
        for moments in [values, covariates] {
            let error = (moments.varianceOfMean ?? 0).squareRoot()
            #expect(abs((moments.mean ?? 0) - population.mean) < 4 * error)
        }
    }

    @Test func covariatesOfNormalValuesHaveTheCorrelation() throws {
        var random = SplitMix64(seed: 2)
        var arms = [JointMoments(.covariate), JointMoments(.covariate)]
        for unit in 0..<50_000 {
            let (value, covariate) = Population(.normal, correlation: 0.6).unit(&random)
            arms[unit & 1].add(y: value, x: covariate)
        }
        #expect(abs(try #require(CovariateAdjustment(over: arms).theta) - 0.6) < 0.02)
    }

    /// Against scipy 1.17.1: `stats.beta.ppf(c, k + 1, n - k)` and `stats.beta.ppf(1 - c, k, n - k + 1)`.
    @Test(arguments: [
        (0, 100, 0.99, 0, 0.045007413978564045), (3, 100, 0.99, 0.004394976455887061, 0.09697104526534446),
        (168, 4000, 0.99, 0.03495329345600009, 0.04996941348787526),
        (19, 20_000, 0.99, 0.0005173850747081516, 0.0015917571561533655),
        (5, 5, 0.95, 0.5492802716530589, 1), (50, 100, 0.95, 0.4136217146309118, 0.5863782853690882),
    ])
    func limitsAreThoseOfClopperAndPearson(hits: Int, runs: Int, confidence: Double, lower: Double, upper: Double) {
        let rate = ObservedRate(hits: hits, runs: runs)
        #expect(abs(rate.lowerLimit(confidence: confidence) - lower) < 1e-11)
        #expect(abs(rate.upperLimit(confidence: confidence) - upper) < 1e-11)
    }

    @Test(arguments: [false, true])
    func looksGrowToTheEnd(isReturning: Bool) {
        let test = SimulatedTest(
            Population(.normal),
            units: 400,
            controlShare: 0.9,
            looks: 20,
            isReturning: isReturning
        )
        var counts: [Int64] = []
        var totals: [Double] = []
        var last: [Bool] = []
        test.run(seed: 3) { look in
            counts.append(look.control.count + look.treatment.count)
            totals.append((look.control.sum(of: .value)?.value ?? 0) + (look.treatment.sum(of: .value)?.value ?? 0))
            last.append(look.isLast)
            #expect(min(look.control.count, look.treatment.count) >= SimulatedTest.unitsAtFirstLook)
            return true
        }
        #expect(counts == counts.sorted() && counts.last == 400)
        #expect(zip(totals, totals.dropFirst()).allSatisfy(<))
        #expect(last.count { $0 } == 1 && last.last == true)
        // Units that return go on when nobody enters any more.
        #expect(counts.count { $0 == 400 } == (isReturning ? 11 : 1))
        #expect(isReturning || counts.count == 20)
    }

    @Test func theSameSeedGivesTheSameRates() async {
        let test = SimulatedTest(Population(.conversion(rate: 0.3)), units: 100, looks: 5)
        let rates = { (seed: UInt64) in
            await test.rates(of: ["high"], runs: 200, seed: seed) { look, _ in
                (look.treatment.summary.mean ?? 0) > (look.control.summary.mean ?? 0) + 0.1 ? ["high"] : []
            }["high"]
        }
        let (first, again, other) = (await rates(4), await rates(4), await rates(5))
        #expect(first == again && first != other)
        #expect((first?.share ?? 0) > 0.2 && (first?.share ?? 0) < 0.8 && first?.runs == 200)
    }
}

/// The short form of what `make validate` shows in full.
@Suite struct AnytimeValidityTests {
    /// Without a difference, at most 5 % of tests are ever significant: more than 11 of 100 would have a probability below 1 %
    /// if it were so.
    @Test(arguments: [
        (0.5, Population(.normal)), (0.95, Population(.conversion(rate: 0.05))),
        (0.9, Population(.lognormal(sigma: 1))),
    ])
    func looksAtNothingFindNothing(share: Double, population: Population) async {
        let test = SimulatedTest(population, units: 500, controlShare: share, looks: 40)
        let rates = await test.rates(of: ["anytime", "single"], runs: 100, seed: 11) { look, unseen in
            var seen: Set<String> = []
            let (control, treatment) = (look.control.summary, look.treatment.summary)
            if unseen.contains("anytime"),
                case .success(let test) = AnytimeTest.compare(
                    control: control,
                    treatment: treatment,
                    boundary: look.boundary
                ), test.pValue < 0.05
            {
                seen.insert("anytime")
            }
            if unseen.contains("single"),
                case .success(let test) = WelchTest.compare(control: control, treatment: treatment), test.pValue < 0.05
            {
                seen.insert("single")
            }
            return seen
        }
        #expect(rates["anytime"]!.hits <= 11)
        // Of a test that is made for one look, this is what the same simulation shows.
        #expect(rates["single"]!.hits > 11)
    }

    /// What a test of fixed size finds at the end with a probability of 0.8.
    @Test func findsWhatIsThere() async {
        let effect = 2.8016 * 2 / 1_000.0.squareRoot()
        let test = SimulatedTest(
            Population(.normal),
            treatment: Population(.normal, factor: 1 + effect / 10),
            units: 1_000,
            looks: 40
        )
        let rates = await test.rates(of: ["found"], runs: 150, seed: 12) { look, _ in
            let compared = AnytimeTest.compare(
                control: look.control,
                treatment: look.treatment,
                boundary: look.boundary
            )
            return (try? compared.get()).map { $0.pValue < 0.05 } == true ? ["found"] : []
        }
        // It is about 0.5; at most 0.36 would have a probability below 0.001.
        #expect(rates["found"]!.share > 0.36)
    }
}
