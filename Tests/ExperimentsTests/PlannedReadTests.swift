import HooklineEvents
import HooklineExperiments
import HooklinePrimitives
import HooklineStatistics
import HooklineStorage
import HooklineStorageTestSupport
import Testing

/// When results are read as planned, and what is kept of it.
@Suite struct PlannedReadTests {
    private static let rating: Identifier = "rating"

    private func begin(_ bench: Bench, _ plan: ExperimentPlan?, _ more: [Metric] = []) async throws {
        var definition = try ExperimentDefinition.sample(metrics: [Metric(Self.rating, .observation)] + more)
        definition.plan = plan
        _ = try await bench.experiments.create(definition)
        _ = try await bench.experiments.start("hooks")
    }

    /// Observes so many trials in each variant, of which so many are successes.
    private func observe(
        _ bench: Bench,
        _ metric: Identifier = rating,
        control: Int64,
        question: Int64,
        of trials: Int64
    ) async throws {
        let observations = [("control", control), ("question", question)].map { variant, successes in
            Observation(
                variant: Identifier(unchecked: variant),
                metric: metric,
                measurement: .successes(successes, ofTrials: trials)
            )
        }
        _ = try await bench.experiments.record(observations, in: "hooks")
        try await bench.fold()
    }

    private func treatment(_ bench: Bench, _ request: ResultsRequest = ResultsRequest()) async throws -> VariantResult {
        let results = try await bench.experiments.results(of: "hooks", request)
        return try #require(results.metrics.first?.treatments.first)
    }

    private func told(_ bench: Bench, _ type: Identifier) async throws -> [String] {
        try await bench.database.read { transaction in
            try transaction.rows("SELECT payload FROM hookline_domain_events WHERE type = \(type)")
                .map { try $0.text("payload") }
        }
    }

    @Test(arguments: TestDatabase.available)
    func withoutAPlanTheEndIsTheRead(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            try await begin(bench, nil)
            try await observe(bench, control: 200, question: 260, of: 2000)
            let running = try await treatment(bench)
            let single = try #require(running.test)
            let anytime = try #require(try running.anytime?.get())
            #expect(running.planned == nil)
            #expect(single.pValue < 0.01 && anytime.pValue > single.pValue)
            // 4,000 units where 5,000 are taken as planned.
            #expect(anytime.boundary.information == 0.8)
            #expect(try await bench.experiments.results(of: "hooks").read == .notYet)

            let now = try await treatment(bench, ResultsRequest(isThePlannedRead: true))
            #expect(now.planned?.pValue == single.pValue && now.planned?.isSignificant == true)

            _ = try await bench.experiments.conclude("hooks")
            let concluded = try await bench.experiments.results(of: "hooks")
            #expect(concluded.read == .concluded)
            let planned = try #require(concluded.metrics.first?.treatments.first?.planned)
            #expect(
                planned.pValue == single.pValue && planned.interval == [single.interval.lower, single.interval.upper]
            )
        }
    }

    @Test(arguments: TestDatabase.available)
    func aTestOfFixedSizeIsReadOnce(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            try await begin(bench, ExperimentPlan(units: 4000))
            try await observe(bench, control: 150, question: 200, of: 1900)
            try await bench.experiments.decideAll()
            #expect(try await treatment(bench).planned == nil)
            #expect(try await bench.experiments.decide("hooks").verdict == .keepRunning)
            #expect(try await told(bench, ExperimentEvents.decided).isEmpty)

            try await observe(bench, control: 5, question: 10, of: 110)
            let single = try #require(try await treatment(bench).test)
            try await bench.experiments.decideAll()
            let results = try await bench.experiments.results(of: "hooks")
            guard case .look(let look) = results.read else {
                Issue.record("no look was taken")
                return
            }
            #expect(look.number == 1 && look.isLast && look.units == 4020 && look.fraction == 1.005)
            #expect(abs((look.criticalValue ?? 0) - 1.959963984540054) < 1e-9)
            let planned = try #require(results.metrics.first?.treatments.first?.planned)
            #expect(abs(planned.pValue / single.pValue - 1) < 1e-9 && planned.isSignificant)
            #expect(results.decision.verdict == .ship && results.decision.variant == "question")

            // What comes later changes the means, and not what was read.
            try await observe(bench, control: 300, question: 0, of: 500)
            try await bench.experiments.decideAll()
            let later = try await treatment(bench)
            #expect(later.planned == planned && later.test?.pValue != single.pValue)
            let decided = try await told(bench, ExperimentEvents.decided)
            #expect(decided.count == 1 && decided[0].contains(#""verdict":"ship","variant":"question""#))
        }
    }

    @Test(arguments: TestDatabase.available)
    func aGroupSequentialPlanSpendsItsAlpha(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            try await begin(bench, ExperimentPlan(units: 4000, analyses: 4))
            let steps: [(trials: Int64, number: Int, critical: Double)] = [
                // Equal quarters: 4.3326 and 2.9631 (Lan and DeMets, as computed by ldbounds); the third is left out, and
                // the last overruns.
                (500, 1, 4.3326), (500, 2, 2.9631), (1100, 4, 0),
            ]
            for step in steps {
                try await observe(bench, control: step.trials / 10, question: step.trials / 8, of: step.trials)
                try await bench.experiments.decideAll()
                try await bench.experiments.decideAll()
                guard case .look(let look) = try await bench.experiments.results(of: "hooks").read else {
                    Issue.record("no look was taken")
                    return
                }
                #expect(look.number == step.number && look.isLast == (step.number == 4))
                let critical = try #require(look.criticalValue)
                if step.critical > 0 {
                    #expect(abs(critical - step.critical) < 1e-4)
                } else {
                    #expect(critical > 1.96 && critical < 2.1)
                }
                let (reading, test) = (try #require(look.readings.first), try #require(try await treatment(bench).test))
                #expect(reading.pValue >= test.pValue)
                #expect(reading.isSignificant == (reading.pValue < 0.05))
            }
        }
    }

    @Test(arguments: TestDatabase.available)
    func aBrokenGuardrailIsToldOnce(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            let guardrail = Metric("kept", .observation, role: .guardrail, margin: 0.02)
            try await begin(bench, ExperimentPlan(units: 100_000), [guardrail])
            try await observe(bench, "kept", control: 1500, question: 1200, of: 2000)
            try await observe(bench, control: 200, question: 200, of: 2000)
            try await bench.experiments.decideAll()
            try await bench.experiments.decideAll()
            let decision = try await bench.experiments.results(of: "hooks").decision
            #expect(decision.verdict == .rollBack && decision.variant == "question")
            #expect(decision.reasons[0].contains("guardrail 'kept'"))
            let breaches = try await told(bench, ExperimentEvents.guardrailBreached)
            #expect(breaches.count == 1 && breaches[0].contains(#""metric":"kept","variant":"question","margin":0.02"#))
            #expect(try await told(bench, ExperimentEvents.decided).count == 1)
        }
    }

    @Test(arguments: TestDatabase.shared)
    func nodesThatDecideTogetherTellOnce(_ test: TestDatabase) async throws {
        try await test.withStorage { storage in
            let nodes = [Bench(try await storage.open()), Bench(try await storage.open())]
            try await nodes[0].migrate()
            try await begin(nodes[0], ExperimentPlan(units: 4000))
            try await observe(nodes[0], control: 200, question: 280, of: 2000)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for node in nodes + nodes { group.addTask { _ = try await node.experiments.decide("hooks") } }
                try await group.waitForAll()
            }
            #expect(try await told(nodes[1], ExperimentEvents.decided).count == 1)
            #expect(try await treatment(nodes[1]).planned?.isSignificant == true)
        }
    }

    @Test func aConclusionBeforeTheReadDecidesNothing() async throws {
        try await TestDatabase.available[0].withBench { bench in
            try await begin(bench, ExperimentPlan(units: 10_000))
            try await observe(bench, control: 200, question: 280, of: 2000)
            _ = try await bench.experiments.conclude("hooks")
            try await bench.experiments.decideAll()
            let results = try await bench.experiments.results(of: "hooks")
            #expect(results.read == .notYet && results.decision.verdict == .review)
            #expect(results.decision.reasons[0].contains("4000 of the 10000 planned units"))
            #expect(try await treatment(bench).planned == nil)
        }
    }

    @Test func aReadThatIsDueAtTheConclusionIsTaken() async throws {
        try await TestDatabase.available[0].withBench { bench in
            try await begin(bench, ExperimentPlan(units: 4000))
            try await observe(bench, control: 200, question: 280, of: 2000)
            _ = try await bench.experiments.conclude("hooks")
            try await bench.experiments.decideAll()
            #expect(try await treatment(bench).planned?.isSignificant == true)
            #expect(try await told(bench, ExperimentEvents.decided).count == 1)
        }
    }

    @Test func aNewPlanIsANewVersion() async throws {
        try await TestDatabase.available[0].withBench { bench in
            try await begin(bench, ExperimentPlan(units: 1000))
            var change = ExperimentChange()
            change.plan = .some(ExperimentPlan(units: 2000))
            #expect(try await bench.experiments.change("hooks", change).version == 2)
            change.plan = .some(nil)
            let without = try await bench.experiments.change("hooks", change)
            #expect(without.version == 3 && without.definition.plan == nil)
        }
    }

    @Test(arguments: [
        (ExperimentPlan(units: 19), "plan.units"), (ExperimentPlan(units: 100, analyses: 21), "plan.analyses"),
        (ExperimentPlan(units: 100, alpha: 0.5), "plan.alpha"), (ExperimentPlan(units: 100, power: 1), "plan.power"),
        (ExperimentPlan(units: 100, minimumEffect: 0), "plan.minimum_effect"),
        (ExperimentPlan(units: 100, alpha: .nan), "plan.alpha"),
        (ExperimentPlan(units: 100, metric: "nope"), "plan.metric"),
        (ExperimentPlan(units: 100, metric: "kept"), "plan.metric"),
    ])
    func refusesPlansThatCannotBeKept(plan: ExperimentPlan, field: String) throws {
        let metrics = [Metric(Self.rating, .observation), Metric("kept", .observation, role: .guardrail, margin: 0.1)]
        let error = #expect(throws: ExperimentError.self) {
            try ExperimentDefinition(
                id: "hooks",
                name: "Hooks",
                variants: ["control", "question"],
                metrics: metrics,
                plan: plan
            )
        }
        guard case .invalid(let named, let problem) = error else {
            Issue.record("another error: \(String(describing: error))")
            return
        }
        #expect(named == field && problem.contains("accepted is"))
    }

    @Test func aPlanNeedsAGoal() throws {
        #expect(throws: ExperimentError.self) {
            try ExperimentDefinition(
                id: "hooks",
                name: "Hooks",
                variants: ["control", "question"],
                plan: ExperimentPlan(units: 100)
            )
        }
    }
}

/// What else is read of a test of fixed size.
@Suite struct FixedReadingTests {
    private func reading(_ plan: ExperimentPlan?, isPlannedRead: Bool) async throws -> PlannedReading {
        var found: PlannedReading?
        try await TestDatabase.available[0].withBench { bench in
            var definition = try ExperimentDefinition.sample(
                metrics: [
                    Metric("clicked", .proportion(of: "click")),
                    Metric("stayed", .proportion(of: "click"), role: .guardrail, margin: 0.1),
                ]
            )
            definition.plan = plan
            _ = try await bench.experiments.create(definition)
            _ = try await bench.experiments.start("hooks")
            let clicks = { (variant: Identifier, count: Int) in
                definition.users(variant, 200).enumerated().flatMap { index, user in
                    [Sample.exposure(user)] + (index < count ? [Sample.event("click", user, at: 5)] : [])
                }
            }
            _ = try await bench.log.append(clicks("control", 40) + clicks("question", 60))
            try await bench.fold()
            try await bench.experiments.decideAll()
            let request = ResultsRequest(isThePlannedRead: isPlannedRead)
            let results = try await bench.experiments.results(of: "hooks", request)
            found = results.metrics[1].treatments[0].planned
        }
        return try #require(found)
    }

    @Test(arguments: [nil, ExperimentPlan(units: 400)])
    func agreesWithStatsmodels(plan: ExperimentPlan?) async throws {
        let fixed = try #require(try await reading(plan, isPlannedRead: plan == nil).fixed)
        // statsmodels 0.15.0: proportions_ztest([60, 40], [200, 200]); scipy 1.17.1 for Welch's t against a tenth less.
        #expect(abs(try #require(fixed.proportionPValue) - 0.020_921_335_337_794) < 1e-12)
        #expect(abs(try #require(fixed.nonInferiorityPValue) - 0.001_945_450_059_680_8) < 1e-12)
        let interval = try #require(fixed.proportionInterval)
        // scripts/oracles/proportions.py, by mpmath.
        #expect(abs(interval[0] - 0.015_242_514_533_340_4) < 1e-12)
        #expect(abs(interval[1] - 0.184_066_865_705_666) < 1e-12)
    }

    @Test func anAnalysisOfSeveralHasNone() async throws {
        #expect(try await reading(ExperimentPlan(units: 400, analyses: 2), isPlannedRead: false).fixed == nil)
    }
}
