import HooklineExperiments
import HooklinePrimitives
import HooklineStatistics
import Testing

@testable import HooklineCLI

@Suite struct DemoTests {
    /// An experiment of a plan as the server would count it, without one: the p-value after each viewer that is looked at.
    private struct Simulation {
        var pValues: [Double] = []
        var lift = 0.0
        var ratio = 1.0

        init(_ experiment: DemoExperiment, viewers: Int, seed: UInt64, lookEvery interval: Int) throws {
            let allocation = Allocation(seed: experiment.seed, weights: [0.5, 0.5], coverage: 1)
            let variants = [DemoExperiment.control, experiment.treatment]
            var (counts, clicks): ([Int64], [Int64]) = ([0, 0], [0, 0])
            for number in 0..<viewers {
                let viewer = DemoViewer(number, of: experiment, seed: seed)
                let arm = try #require(allocation.variant(of: try Identifier(viewer.id)))
                if viewer.isReported(with: variants[arm]) {
                    counts[arm] += 1
                    if viewer.clicks(on: variants[arm]) { clicks[arm] += 1 }
                }
                guard (number + 1).isMultiple(of: interval) || number + 1 == viewers else { continue }
                if case .success(let test) = Self.test(counts, clicks) {
                    pValues.append(test.pValue)
                    lift = test.lift.percent ?? 0
                }
            }
            ratio = try SampleRatioTest(observed: counts, weights: [1, 1]).pValue
        }

        private static func test(_ counts: [Int64], _ clicks: [Int64]) -> Result<WelchTest, NotTestable> {
            let arms = zip(counts, clicks).map { count, clicks in
                var moments = Moments()
                moments.add(repeating: 1, count: clicks)
                moments.add(repeating: 0, count: count - clicks)
                return moments.summary
            }
            return WelchTest.compare(control: arms[0], treatment: arms[1])
        }
    }

    private let plan = DemoPlan(
        viewers: DemoPlan.defaultViewers,
        seconds: DemoPlan.defaultSeconds,
        seed: DemoPlan.defaultSeed,
        run: 1
    )

    private func simulation(_ scenario: DemoExperiment.Scenario, seed: UInt64) throws -> Simulation {
        let experiment = DemoExperiment(scenario, run: 1, seed: seed)
        return try Simulation(experiment, viewers: plan.viewers, seed: seed, lookEvery: 120)
    }

    @Test func isPlannedLargeEnough() {
        #expect(plan.power > 0.99)
        // The number that a table of sample sizes gives for 10 % against 14 %, 80 % power: 1,035 in each arm.
        let small = DemoPlan(viewers: 2 * 1035, seconds: 1, seed: 1, run: 1)
        #expect(abs(small.power - 0.8) < 0.005)
    }

    @Test func isDecidedAsExpectedWithTheDefaultSeed() throws {
        let (winner, same, broken) = (
            try simulation(.winner, seed: plan.seed), try simulation(.same, seed: plan.seed),
            try simulation(.broken, seed: plan.seed)
        )
        #expect(try #require(winner.pValues.last) < 1e-4 && winner.lift > 0)
        #expect(winner.ratio > 0.001)
        #expect(try #require(same.pValues.last) > 0.2)
        #expect(same.ratio > 0.001)
        #expect(broken.ratio < 1e-10)
        // On its way the test without a difference tempts to stop.
        #expect(try #require(same.pValues.min()) < 0.05)
    }

    /// What the power and the level promise, and what stopping at the first small p-value does.
    @Test func holdsItsPromisesOverManySeeds() throws {
        let seeds = 1...60 as ClosedRange<UInt64>
        var (found, wrong, stopped) = (0, 0, 0)
        for seed in seeds {
            if try #require(try simulation(.winner, seed: seed).pValues.last) < 0.05 { found += 1 }
            let same = try simulation(.same, seed: seed).pValues
            if try #require(same.last) < 0.05 { wrong += 1 }
            if same.contains(where: { $0 < 0.05 }) { stopped += 1 }
        }
        #expect(found >= 59)
        #expect(wrong <= 8)
        #expect((15...30).contains(stopped), "a third of \(seeds.count) is 20; it was \(stopped)")
    }

    @Test func sendsTheExposureFirst() throws {
        let experiment = DemoExperiment(.broken, run: 2, seed: 1)
        #expect(experiment.id == "demo-split-2")
        var lost = 0
        for number in 0..<2000 {
            let viewer = DemoViewer(number, of: experiment, seed: 1)
            let types = viewer.events(seeing: experiment.treatment).map { $0["type"]?.string ?? "" }
            if viewer.isReported(with: experiment.treatment) { #expect(types.first == "exposure") } else { lost += 1 }
            #expect(types.contains("click") == viewer.clicks(on: experiment.treatment))
            #expect(viewer.isReported(with: DemoExperiment.control))
        }
        #expect(abs(Double(lost) / 2000 - 0.9 * DemoExperiment.lossRate) < 0.03)
    }

    // MARK: - Verdicts

    private func result(_ p: Double?, difference: Double = 0.01, ratio: String = "ok") throws -> ExperimentResult {
        let treatment: JSON = [
            "variant": "question", "control": false, "n": 100, "p_value": JSON(p), "difference": .number(difference),
        ]
        return try ExperimentResult(
            [
                "experiment_id": "e", "sample_ratio": ["status": .string(ratio), "p_value": 1e-9],
                "metrics": [
                    [
                        "metric": "click_rate",
                        "variants": [["variant": "control", "control": true, "n": 100], treatment],
                    ]
                ],
            ],
            from: "test"
        )
    }

    @Test func decides() throws {
        #expect(DemoVerdict(try result(0.01)) == .winner("question"))
        #expect(DemoVerdict(try result(0.01, difference: -0.01)) == .winner("control"))
        #expect(DemoVerdict(try result(0.05)) == .noDifference)
        #expect(DemoVerdict(try result(1e-9, ratio: "mismatch")) == .doNotTrust)
        #expect(DemoVerdict(try result(nil)) == .undecided("there is no p-value"))
    }

    @Test func saysWhatWasNotAsExpected() throws {
        let results = [try result(0.3), try result(0.3), try result(0.3, ratio: "mismatch")]
        let verdicts = Dictionary(uniqueKeysWithValues: zip(plan.experiments.map(\.id), results.map(DemoVerdict.init)))
        let report = DemoReport(
            plan: plan,
            results: results,
            verdicts: verdicts,
            sameLooks: (0.31, 40),
            took: .seconds(9)
        )
        #expect(report.surprises.count == 1)
        #expect(report.surprises[0].hasPrefix("demo-hook is 'no difference found', not 'winner: question'."))
        #expect(report.lines.contains { $0.contains("40 looks at demo-same showed no p below 0.31") })
    }

    @Test func fitsEveryTerminal() throws {
        let screen = DemoScreen(plan: plan)
        for width in [60, 80, 90, 110, 130, 200] {
            let table = screen.table(arrived: [10, 6000, 0], results: [try result(0.3)], width: width)
            let lines = table.lines(width: width, cutsLines: true)
            #expect(lines.allSatisfy { $0.displayWidth <= width })
            #expect(lines.count == 4 && lines[1].contains(width < 80 ? "demo-hook" : "not final"))
        }
        #expect(DemoScreen.bar(3000, of: 6000) == "[#####.....]  50 %")
        #expect(DemoScreen.bar(7000, of: 6000) == "[##########] 100 %")
    }
}
