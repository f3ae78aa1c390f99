import HooklineEvents
import HooklineExperiments
import HooklinePrimitives
import HooklineStatistics
import HooklineStorageTestSupport
import Testing

@Suite struct ObservationTests {
    private func begin(_ bench: Bench) async throws {
        let metrics = [Metric("clicked", .proportion(of: "click"))]
        _ = try await bench.experiments.create(try .sample(metrics: metrics))
        _ = try await bench.experiments.start("hooks")
    }

    /// scipy 1.17.1: `stats.ttest_ind(b, a, equal_var=False)` and its `confidence_interval(0.95)`.
    @Test(arguments: TestDatabase.available)
    func comparesNumbersAsScipyDoes(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            try await begin(bench)
            for value in [12.5, 9.25, 14, 10, 11.75] {
                try await bench.experiments.track("rating", value, variant: "control", in: "hooks")
            }
            for value in [15, 13.5, 16.25, 12, 18] {
                try await bench.experiments.track("rating", value, variant: "question", in: "hooks")
            }
            let result = try #require(try await bench.results("hooks", "rating").metrics.first)
            let (control, treatment) = (try #require(result.control), try #require(result.treatments.first))
            let test = try #require(treatment.test)
            #expect(result.kind == .observation && control.n == 5 && treatment.n == 5)
            #expect(control.mean == 11.5 && treatment.mean == 14.95)
            expect(try #require(control.standardDeviation), 1.9121323175972944)
            expect(try #require(treatment.standardDeviation), 2.33452350598575)
            expect(test.pValue, 0.03488669741986017)
            expect(test.degreesOfFreedom, 7.701185098253325)
            expect(test.interval.lower, 0.3168180935888234)
            expect(test.interval.upper, 6.583181906411175)
            expect(try #require(test.lift.percent), 30)
        }
    }

    private func expect(_ value: Double, _ golden: Double) {
        #expect(abs(value / golden - 1) < 1e-9, "\(value) is not \(golden)")
    }

    @Test(arguments: TestDatabase.available)
    func aggregatedTrialsAreTheSameAsOneByOne(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            try await begin(bench)
            let one = (0..<40).map { index in
                Observation(variant: "control", metric: "one by one", measurement: .value(index < 13 ? 1 : 0))
            }
            let aggregated = Observation(
                variant: "control",
                metric: "aggregated",
                measurement: .successes(13, ofTrials: 40)
            )
            let recorded = try await bench.experiments.record(one + [aggregated], in: "hooks")
            #expect(recorded.result.accepted == 41 && recorded.refused.isEmpty)
            let results = try await bench.results("hooks")
            let arms = ["one by one", "aggregated"].map { name in
                results.metrics.first { $0.name.text == name }?.control
            }
            #expect(arms[0]?.n == 40 && arms[1]?.n == 40)
            #expect(arms[0]?.mean == arms[1]?.mean && arms[0]?.standardDeviation == arms[1]?.standardDeviation)
        }
    }

    @Test(arguments: TestDatabase.available)
    func observationsOfOneUserAreOneCluster(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            try await begin(bench)
            let values: [(Identifier, Double)] = [("a", 1), ("b", 4), ("a", 2), ("a", 6), ("c", 5), ("b", 8)]
            for (user, value) in values {
                try await bench.experiments.track("rating", value, variant: "control", user: user, in: "hooks")
                try await bench.fold(batchSize: 2)
            }
            let control = try #require(try await bench.results("hooks", "rating").metrics.first?.control)
            #expect(control.n == 6 && control.independentUnits == 3)
            #expect(abs(try #require(control.mean) - 26.0 / 6) < 1e-15)
        }
    }

    @Test(arguments: TestDatabase.available)
    func refusesWhatTheExperimentDoesNotHave(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            _ = try await bench.experiments.create(try .sample("draft"))
            await #expect(throws: ExperimentError.wrongState(.draft, accepted: [.running, .paused])) {
                try await bench.experiments.track("m", 1, variant: "control", in: "draft")
            }
            try await begin(bench)
            let observations = [
                Observation(variant: "no such", metric: "m", measurement: .value(1)),
                Observation(variant: "control", metric: "clicked", measurement: .value(1)),
                Observation(variant: "control", metric: "m", measurement: .value(.infinity)),
                Observation(variant: "control", metric: "m", measurement: .value(-1e91)),
                Observation(variant: "control", metric: "m", measurement: .successes(3, ofTrials: 2)),
                Observation(variant: "control", metric: "m", measurement: .successes(-1, ofTrials: 2)),
                Observation(variant: "control", metric: "m", measurement: .successes(1, ofTrials: 2), userID: "u"),
                Observation(variant: "control", metric: "m", measurement: .value(7)),
            ]
            let recorded = try await bench.experiments.record(observations, in: "hooks")
            #expect(recorded.result.accepted == 1)
            let fields = recorded.refused.map { refusal in
                if case .invalid(let field, _) = refusal.error { field } else { "variant" }
            }
            #expect(recorded.refused.map(\.index) == Array(0..<7))
            #expect(fields == ["variant", "metric", "value", "value", "successes", "successes", "user_id"])
            #expect(try await bench.results("hooks", "m").metrics[0].control?.mean == 7)
        }
    }

    @Test(arguments: TestDatabase.available)
    func anIDIsCountedOnceWithinItsExperiment(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            try await begin(bench)
            _ = try await bench.experiments.create(try .sample("other"))
            _ = try await bench.experiments.start("other")
            for experiment in ["hooks", "hooks", "other"] as [Identifier] {
                try await bench.experiments.track("m", 2, variant: "control", id: "same", in: experiment)
            }
            #expect(try await bench.results("hooks", "m").metrics[0].control?.n == 1)
            #expect(try await bench.results("other", "m").metrics[0].control?.n == 1)
        }
    }

    @Test(arguments: TestDatabase.available)
    func limitsTheMetricsOfAnExperiment(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            try await begin(bench)
            let names = (0..<Metric.maximumPerExperiment).map { Identifier(unchecked: "m\($0)") }
            let observations = names.map { Observation(variant: "control", metric: $0, measurement: .value(1)) }
            // One is declared, so one is too many.
            #expect(try await bench.experiments.record(observations, in: "hooks").refused.map(\.index) == [99])
        }
    }

    @Test(arguments: TestDatabase.available)
    func armsWithoutASuccessSayWhyThereIsNoTest(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            try await begin(bench)
            let observations = ["control", "question"].map { variant in
                Observation(
                    variant: Identifier(unchecked: variant),
                    metric: "m",
                    measurement: .successes(0, ofTrials: 100)
                )
            }
            _ = try await bench.experiments.record(observations, in: "hooks")
            let treatment = try #require(try await bench.results("hooks", "m").metrics.first?.treatments.first)
            #expect(treatment.comparison == .failure(.onlyZeros) && treatment.test == nil)
            await #expect(throws: ExperimentError.unknownMetric("x", accepted: ["clicked", "m"])) {
                try await bench.experiments.results(of: "hooks", ResultsRequest(metric: "x"))
            }
        }
    }
}
