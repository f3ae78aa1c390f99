import HooklineExperiments
import HooklinePrimitives
import HooklineStorageTestSupport
import Testing

/// Metrics that reach further than the log are refused, at every door.
@Suite struct LogSpanTests {
    private static let day: Int64 = 86_400_000

    private func withBench(_ days: Int64, _ body: (Bench) async throws -> Void) async throws {
        try await #require(TestDatabase.available.first).withDatabase { database in
            let bench = Bench(database, logRetentionMilliseconds: days * Self.day)
            try await bench.migrate()
            try await body(bench)
        }
    }

    private static let tooLong: [(Metric, String, String)] = [
        (
            Metric("m", .count(of: "click"), delayMilliseconds: day, windowMilliseconds: 30 * day),
            "window_seconds",
            "ends 2678400 seconds after the exposure; the log keeps events for 30 days, so accepted are"
                + " at most 2592000"
        ),
        (
            Metric("m", .count(of: "click"), delayMilliseconds: 30 * day + 1),
            "delay_seconds", "is 2592000.001; the log keeps events for 30 days, so accepted are at most 2592000"
        ),
        (
            Metric("m", .retention(of: "view", fromDay: 7, untilDay: 31)),
            "until_day", "is 31; the log keeps events for 30 days, so accepted are at most 30"
        ),
        (
            Metric("m", .count(of: "click"), covariate: Metric.Covariate(lookBackMilliseconds: 60 * day)),
            "covariate.days", "is 60; the log keeps events for 30 days, so accepted are at most 30"
        ),
    ]

    @Test(arguments: tooLong)
    func isRefusedAtEveryDoor(_ metric: Metric, _ field: String, _ problem: String) async throws {
        try await withBench(30) { bench in
            let experiments = bench.experiments
            let inList = ExperimentError.invalid(field: "metrics[0].\(field)", problem: problem)
            let alone = ExperimentError.invalid(field: field, problem: problem)
            let definition = try ExperimentDefinition.sample(metrics: [metric])
            await #expect(throws: inList) { try await experiments.create(definition) }
            let empty = try ExperimentDefinition.sample()
            await #expect(throws: inList) { try await experiments.create(empty, comparing: [.metric(metric)]) }
            _ = try await experiments.create(empty)
            var change = ExperimentChange()
            change.metrics = [.metric(metric)]
            await #expect(throws: inList) { try await experiments.change("hooks", change) }
            _ = try await experiments.start("hooks")
            await #expect(throws: alone) { try await experiments.addMetric(metric, to: "hooks") }
            await #expect(throws: alone) { try await experiments.defineMetric(metric) }
            _ = try await experiments.defineMetric(Metric("m", .count(of: "click")))
            await #expect(throws: alone) { try await experiments.changeMetric("m") { $0 = metric } }
        }
    }

    @Test func whatReachesAsFarAsTheLogIsAccepted() async throws {
        try await withBench(30) { bench in
            let metrics = [
                Metric("a", .count(of: "click"), delayMilliseconds: Self.day, windowMilliseconds: 29 * Self.day),
                Metric("b", .retention(of: "view", fromDay: 7, untilDay: 30)),
                Metric("c", .count(of: "click"), covariate: Metric.Covariate(lookBackMilliseconds: 30 * Self.day)),
                Metric("d", .count(of: "click")),
            ]
            _ = try await bench.experiments.create(try ExperimentDefinition.sample(metrics: metrics))
        }
    }

    /// What was defined while the log was kept for longer can be read, changed otherwise, and started; but not used again.
    @Test func aShorterSpanLeavesWhatIsDefined() async throws {
        try await #require(TestDatabase.available.first).withDatabase { database in
            let (before, after) = (Bench(database), Bench(database, logRetentionMilliseconds: 36 * 3_600_000))
            try await before.migrate()
            let long = Metric("long", .count(of: "click"), windowMilliseconds: 60 * Self.day)
            _ = try await before.experiments.defineMetric(long)
            _ = try await before.experiments.create(try .sample(), comparing: [.use(MetricUse("long"))])
            #expect(try await after.experiments.metric("long").metric == long)
            _ = try await after.experiments.changeMetric("long", description: "two months")
            var change = ExperimentChange()
            change.coverage = 0.5
            change.metrics = [.use(MetricUse("long")), .metric(Metric("clicked", .proportion(of: "click")))]
            let changed = try await after.experiments.change("hooks", change)
            #expect(changed.definition.metrics.map(\.name) == ["long", "clicked"])
            _ = try await after.experiments.start("hooks")
            let refused = ExperimentError.invalid(
                field: "metrics[0].use",
                problem: "is 'long', whose window_seconds ends 5184000 seconds after the exposure; the log keeps events"
                    + " for 36 hours, so accepted are at most 129600"
            )
            let another = try ExperimentDefinition.sample("another")
            await #expect(throws: refused) {
                try await after.experiments.create(another, comparing: [.use(MetricUse("long"))])
            }
        }
    }
}
