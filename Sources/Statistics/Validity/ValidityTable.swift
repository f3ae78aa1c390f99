/// The promises of the estimators, held against simulations.
///
///     for await row in ValidityTable(.full).rows { print(row.what, row.bar, row.seen, row.holds) }
public struct ValidityTable: Sendable {
    /// How much is simulated.
    public struct Extent: Sendable {
        /// Of each test.
        let runs: Int
        let sampleRatioRuns: Int
        let looks: Int
        let populations: [Population]
        let controlShares: [Double]
        let sizes: [Int]
        /// The units of a test of power.
        let powerUnits: Int
        /// The arms of the intervals whose coverage is counted, and their sizes.
        let covered: [(population: Population, units: Int)]
        /// Whether the runs are enough to prove what is promised; else they only show what is plainly broken.
        let isStrict: Bool

        /// As documented: some ten minutes on two cores, in an optimised build.
        public static let full = Extent(
            runs: 4_000,
            sampleRatioRuns: 20_000,
            looks: 100,
            populations: [
                Population(.normal), Population(.conversion(rate: 0.05)), Population(.conversion(rate: 0.005)),
                Population(.lognormal(sigma: 1)), Population(.zeroInflated(share: 0.1)),
            ],
            controlShares: [0.5, 0.9, 0.95],
            sizes: [500, 5_000],
            powerUnits: 5_000,
            covered: [
                (Population(.normal), 200), (Population(.conversion(rate: 0.05)), 2_000),
                (Population(.lognormal(sigma: 1)), 5_000), (Population(.zeroInflated(share: 0.1)), 10_000),
            ],
            isStrict: true
        )

        /// Enough to see a broken estimator: a few seconds also without optimisation.
        public static let short = Extent(
            runs: 80,
            sampleRatioRuns: 200,
            looks: 30,
            populations: [Population(.normal), Population(.conversion(rate: 0.05))],
            controlShares: [0.9],
            sizes: [300],
            powerUnits: 400,
            covered: [(Population(.normal), 100)],
            isStrict: false
        )
    }

    private let extent: Extent
    private let estimators: ValidityEstimators
    private let seed: UInt64

    public init(_ extent: Extent, estimators: ValidityEstimators = .product, seed: UInt64 = 1) {
        self.extent = extent
        self.estimators = estimators
        self.seed = seed
    }

    /// The rows, each when it is there.
    public var rows: AsyncStream<ValidityRow> {
        AsyncStream { continuation in
            // Whoever stops listening ends the simulations.
            let task = Task {
                await tellAll { continuation.yield($0) }
                continuation.finish()
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }

    private func tellAll(_ tell: (ValidityRow) -> Void) async {
        tellBoundaries(tell)
        for population in extent.populations {
            for share in extent.controlShares {
                for units in extent.sizes {
                    for isReturning in [false, true] where !Task.isCancelled {
                        await tellLooksAtNothing(population, share, units, isReturning, tell)
                    }
                }
            }
        }
        for (effect, power) in [(1.0, 0.45), (1.5, 0.85)] where !Task.isCancelled {
            await tellPower(effect, power, tell)
        }
        for share in extent.controlShares where !Task.isCancelled { await tellFalseAlarms(share, tell) }
        for (population, units) in extent.covered where !Task.isCancelled {
            await tellCoverage(population, units, tell)
        }
        tellSampleRatio(tell)
    }

    // MARK: Looks at experiments without a difference

    private enum Seen: CaseIterable { case mean, lift, adjustedMean, adjustedLift }

    private func tellLooksAtNothing(
        _ population: Population,
        _ share: Double,
        _ units: Int,
        _ isReturning: Bool,
        _ tell: (ValidityRow) -> Void
    ) async {
        let test = SimulatedTest(
            population,
            units: units,
            controlShare: share,
            looks: extent.looks,
            isReturning: isReturning
        )
        let anytime = estimators.anytime
        let rates = await test.rates(of: Set(Seen.allCases), runs: extent.runs, seed: seed) { look, unseen in
            var seen: Set<Seen> = []
            if !unseen.isDisjoint(with: [.mean, .lift]) {
                let test = anytime(look.control.summary, look.treatment.summary, look.boundary)
                note(test, .mean, .lift, in: &seen)
            }
            if !unseen.isDisjoint(with: [.adjustedMean, .adjustedLift]) {
                let arms = CovariateAdjustment.adjust([look.control, look.treatment]).arms
                note(anytime(arms[0].summary, arms[1].summary, look.boundary), .adjustedMean, .adjustedLift, in: &seen)
            }
            return seen
        }
        let names: [Seen: String] = [
            .mean: "mean", .lift: "relative", .adjustedMean: "mean, CUPED", .adjustedLift: "relative, CUPED",
        ]
        let split = Self.text(split: share)
        for seen in Seen.allCases {
            guard let rate = rates[seen], let name = names[seen] else { continue }
            let what =
                "A/A, \(extent.looks) looks, \(population), \(split), \(units) units\(isReturning ? " that return" : ""), \(name)"
            tell(ValidityRow(what, rate, atMost: 0.05, isStrict: extent.isStrict))
        }
    }

    private func note(
        _ test: Result<AnytimeTest, NotTestable>,
        _ mean: Seen,
        _ lift: Seen,
        in seen: inout Set<Seen>
    ) {
        guard let test = try? test.get() else { return }
        if test.pValue < 0.05 { seen.insert(mean) }
        if let interval = test.lift.interval, !interval.contains(0) { seen.insert(lift) }
    }

    // MARK: Decisions without a difference

    private enum FalseAlarm { case ship, halt }

    /// Variants that are shipped at a planned analysis although they are no better, and those that are halted at any look
    /// although they are no worse.
    private func tellFalseAlarms(_ share: Double, _ tell: (ValidityRow) -> Void) async {
        let (population, units) = (Population(.conversion(rate: 0.1)), extent.powerUnits)
        let test = SimulatedTest(population, units: units, controlShare: share, looks: extent.looks)
        let (anytime, sequential) = (estimators.anytime, estimators.sequential)
        let planned = (1...Self.analyses).map { Double($0) / Double(Self.analyses) }
        let rates = await test.rates(of: [FalseAlarm.ship, .halt], runs: extent.runs, seed: seed) { look, unseen in
            var seen: Set<FalseAlarm> = []
            let (control, treatment) = (look.control.summary, look.treatment.summary)
            if unseen.contains(.halt), case .success(let test) = anytime(control, treatment, look.boundary),
                let interval = test.lift.interval, interval.upper < -100 * Self.margin
            {
                seen.insert(.halt)
            }
            // The analysis that this look is, if it is one: the first look after its share of the units.
            let there = Double(control.n + treatment.n) / Double(units)
            let due = planned.lastIndex { $0 <= there + 1e-9 }
            if unseen.contains(.ship), let due, there - planned[due] < 1 / Double(extent.looks),
                let design = try? GroupSequentialDesign(alpha: 0.05, fractions: planned[..<due] + [there]),
                case .success(let test) = sequential(control, treatment, design), test.isSignificant,
                test.difference > 0
            {
                seen.insert(.ship)
            }
            return seen
        }
        let split = Self.text(split: share)
        for (alarm, name) in [
            (FalseAlarm.ship, "shipped at \(Self.analyses) analyses"), (.halt, "halted by a guardrail"),
        ] {
            guard let rate = rates[alarm] else { continue }
            let what = "A/A, \(population), \(split), \(units) units, falsely \(name)"
            tell(ValidityRow(what, rate, atMost: 0.05, isStrict: extent.isStrict))
        }
    }

    private static let analyses = 4
    /// How much worse a guardrail may be, as a share.
    private static let margin = 0.01

    private static func text(split share: Double) -> String {
        let percent = Int((share * 100).rounded())
        return "\(percent)/\(100 - percent)"
    }

    // MARK: What is there to be found

    /// - Parameter multiple: of the effect that a test of fixed size finds with a probability of 0.8.
    private func tellPower(_ multiple: Double, _ bar: Double, _ tell: (ValidityRow) -> Void) async {
        let found = Normal.quantile(0.975) + Normal.quantile(0.8)
        let effect = multiple * found * 2 / Double(extent.powerUnits).squareRoot()
        let population = Population(.normal)
        let test = SimulatedTest(
            population,
            treatment: population.scaled(by: 1 + effect / population.mean),
            units: extent.powerUnits,
            looks: extent.looks
        )
        let anytime = estimators.anytime
        let rates = await test.rates(of: [true], runs: extent.runs, seed: seed) { look, _ in
            let test = anytime(look.control.summary, look.treatment.summary, look.boundary)
            return (try? test.get()).map { $0.pValue < 0.05 } == true ? [true] : []
        }
        guard let rate = rates[true] else { return }
        let what =
            "power of all looks, normal, \(extent.powerUnits) units, \(multiple) times the effect that one look finds with 0.8"
        tell(ValidityRow(what, rate, atLeast: bar, isStrict: extent.isStrict))
    }

    /// - Parameter units: of each arm.
    private func tellCoverage(_ population: Population, _ units: Int, _ tell: (ValidityRow) -> Void) async {
        let treatment = population.scaled(by: 1.1)
        let test = SimulatedTest(population, treatment: treatment, units: 2 * units)
        let single = estimators.single
        let difference = treatment.mean - population.mean
        let rates = await test.rates(of: [true], runs: extent.runs, seed: seed) { look, _ in
            let test = single(look.control.summary, look.treatment.summary)
            return (try? test.get()).map { $0.interval.contains(difference) } == true ? [true] : []
        }
        guard let rate = rates[true] else { return }
        let what = "coverage of 95 % intervals, \(population), \(units) an arm"
        tell(ValidityRow(what, rate, in: 0.94...0.96, isStrict: extent.isStrict))
    }

    // MARK: Splits

    private func tellSampleRatio(_ tell: (ValidityRow) -> Void) {
        let (days, perDay) = (60, 500)
        for (share, isRight) in [(0.5, true), (0.52, false)] {
            var rate = ObservedRate()
            for run in 0..<extent.sampleRatioRuns where !Task.isCancelled {
                var random = SplitMix64(seed: seed &+ UInt64(run) &* 0x9E37_79B9)
                var counts: [Int64] = [0, 0]
                let isFound = (0..<days).contains { _ in
                    for _ in 0..<perDay { counts[random.unit() < share ? 0 : 1] += 1 }
                    return estimators.sampleRatio(counts, [1, 1]) < 0.001
                }
                rate.note(isFound)
            }
            let what = "sequential sample ratio, \(days) looks at 0.001, \(perDay) units a day, "
            tell(
                isRight
                    ? ValidityRow(what + "50/50", rate, atMost: 0.0015, isStrict: extent.isStrict)
                    : ValidityRow(what + "52/48", rate, atLeast: 0.95, isStrict: extent.isStrict)
            )
        }
    }

    // MARK: Boundaries

    /// Five equal looks, two-sided 0.05: K. K. G. Lan and D. L. DeMets, "Discrete Sequential Boundaries for Clinical Trials",
    /// Biometrika 70 (1983), with the O'Brien-Fleming-type spending, as computed by ldbounds.
    private func tellBoundaries(_ tell: (ValidityRow) -> Void) {
        let expected = [4.8769, 3.3570, 2.6803, 2.2898, 2.0310]
        guard let design = try? GroupSequentialDesign(alpha: 0.05, fractions: [0.2, 0.4, 0.6, 0.8, 1]) else { return }
        for (look, (value, expected)) in zip(estimators.boundaries(design), expected).enumerated() {
            tell(
                ValidityRow(
                    "group-sequential boundary \(look + 1) of 5 equal looks",
                    value,
                    near: expected,
                    within: 1e-4
                )
            )
        }
    }
}
