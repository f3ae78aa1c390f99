import HooklineEvents
import HooklineExperiments
import HooklinePrimitives
import HooklineStorage
import HooklineStorageTestSupport
import Testing

/// What results come to, verdict by verdict.
@Suite struct DecisionTests {
    private struct Case: CustomTestStringConvertible {
        let name: String
        var plan: ExperimentPlan? = nil
        var direction = Metric.Direction.increase
        var variants: [Identifier] = ["control", "question"]
        /// Successes of each variant.
        let successes: [Int64]
        let trials: Int64
        var isConcluded = false
        let verdict: Decision.Verdict
        var variant: Identifier? = nil
        let reason: String

        var testDescription: String { name }
    }

    private static let cases = [
        Case(
            name: "without a plan, nothing holds yet",
            successes: [100, 130],
            trials: 1000,
            verdict: .keepRunning,
            reason: "no plan says when to stop"
        ),
        Case(
            name: "without a plan, what holds at any look ships",
            successes: [100, 180],
            trials: 1000,
            verdict: .ship,
            variant: "question",
            reason: "holds however often one looks"
        ),
        Case(
            name: "with a plan, it is waited for",
            plan: ExperimentPlan(units: 4000),
            successes: [100, 180],
            trials: 1000,
            verdict: .keepRunning,
            reason: "2000 of the 4000 planned units count in 'rating'; 'question' differs already"
        ),
        Case(
            name: "harm that holds at any look is not waited for",
            plan: ExperimentPlan(units: 4000),
            successes: [180, 100],
            trials: 1000,
            verdict: .rollBack,
            variant: "question",
            reason: "is worse in 'rating', however often one looks"
        ),
        Case(
            name: "less is better where the metric says so",
            direction: .decrease,
            successes: [180, 100],
            trials: 1000,
            verdict: .ship,
            variant: "question",
            reason: "is better in 'rating'"
        ),
        Case(
            name: "found at the end",
            successes: [100, 130],
            trials: 1000,
            isConcluded: true,
            verdict: .ship,
            variant: "question",
            reason: "was found at the planned read, p 0.0355"
        ),
        Case(
            name: "worse at the end",
            successes: [130, 100],
            trials: 1000,
            isConcluded: true,
            verdict: .rollBack,
            variant: "question",
            reason: "is worse in 'rating'"
        ),
        Case(
            name: "too small to tell",
            successes: [100, 103],
            trials: 1000,
            isConcluded: true,
            verdict: .underpowered,
            reason: "one of 10.0 % is not ruled out"
        ),
        Case(
            name: "large enough to see that there is nothing",
            plan: nil,
            successes: [50_000, 50_100],
            trials: 500_000,
            isConcluded: true,
            verdict: .review,
            reason: "one of 10.0 % for the better is ruled out"
        ),
        Case(
            name: "several variants are several chances",
            variants: ["control", "a", "b", "c"],
            successes: [100, 130, 100, 100],
            trials: 1000,
            isConcluded: true,
            verdict: .underpowered,
            reason: "No difference in 'rating' was found"
        ),
        Case(
            name: "the best of several ships",
            variants: ["control", "a", "b"],
            successes: [1000, 1200, 1300],
            trials: 10_000,
            isConcluded: true,
            verdict: .ship,
            variant: "b",
            reason: "'b' is better"
        ),
        Case(
            name: "nothing to compare",
            successes: [0, 0],
            trials: 1000,
            isConcluded: true,
            verdict: .underpowered,
            reason: "No arm has a success"
        ),
    ]

    @Test(arguments: cases)
    private func decides(_ example: Case) async throws {
        try await TestDatabase.available[0].withBench { bench in
            var definition = try ExperimentDefinition.sample(
                variants: example.variants,
                metrics: [Metric("rating", .observation, direction: example.direction)]
            )
            definition.plan = example.plan
            _ = try await bench.experiments.create(definition)
            _ = try await bench.experiments.start("hooks")
            let observations = zip(example.variants, example.successes).map { variant, successes in
                Observation(
                    variant: variant,
                    metric: "rating",
                    measurement: .successes(successes, ofTrials: example.trials)
                )
            }
            _ = try await bench.experiments.record(observations, in: "hooks")
            if example.isConcluded { _ = try await bench.experiments.conclude("hooks") }
            let decision = try await bench.results("hooks").decision
            #expect(decision.verdict == example.verdict && decision.variant == example.variant)
            #expect(decision.reasons[0].contains(example.reason), "\(decision.reasons)")
        }
    }

    @Test func aBrokenSplitDecidesNothing() async throws {
        try await TestDatabase.available[0].withBench { bench in
            let definition = try ExperimentDefinition.sample(metrics: [Metric("clicked", .proportion(of: "click"))])
            _ = try await bench.experiments.create(definition)
            _ = try await bench.experiments.start("hooks")
            let users = definition.users("control", 300) + definition.users("question", 120)
            _ = try await bench.log.append(users.map { Sample.exposure($0) })
            try await bench.fold()
            try await bench.experiments.decideAll()
            let decision = try await bench.experiments.results(of: "hooks").decision
            #expect(decision.verdict == .review && decision.reasons[0].contains("sample ratio"))
            let types = try await bench.database.read { transaction in
                try transaction.rows("SELECT type FROM hookline_domain_events ORDER BY type").map {
                    try $0.text("type")
                }
            }
            #expect(types == ["experiment.decided", "experiment.sample_ratio_mismatch", "experiment.started"])
        }
    }

    @Test func unitsInSeveralVariantsAreALabelledReview() async throws {
        try await TestDatabase.available[0].withBench { bench in
            let definition = try ExperimentDefinition.sample(metrics: [Metric("clicked", .proportion(of: "click"))])
            _ = try await bench.experiments.create(definition)
            _ = try await bench.experiments.start("hooks")
            let (control, question) = (definition.users("control", 100), definition.users("question", 100))
            let both = control.prefix(5).map { Sample.exposure($0, at: 5, ["variant": "question"]) }
            _ = try await bench.log.append((control + question).map { Sample.exposure($0) } + both)
            let results = try await bench.results("hooks")
            #expect(results.unitsInSeveralVariants == 5)
            #expect(results.decision.verdict == .review)
            #expect(results.decision.reasons[0].contains("2.5 % of the units were shown more than one variant"))
        }
    }
}
