import HooklineEvents
import HooklineExperiments
import HooklinePrimitives
import HooklineStorage
import HooklineStorageTestSupport
import Logging
import Testing

@testable import struct HooklineExperiments.MetricBuildWorker

/// Metrics that are added when the experiment has begun, and what a recount says of them.
@Suite struct AddedMetricTests {
    private func worker(_ bench: Bench) -> MetricBuildWorker {
        MetricBuildWorker(database: bench.database, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private func begin(_ bench: Bench, _ metrics: [Metric]) async throws -> ExperimentDefinition {
        let definition = try ExperimentDefinition.sample(metrics: metrics, dimensions: ["variant"])
        _ = try await bench.experiments.create(definition)
        _ = try await bench.experiments.start("hooks")
        return definition
    }

    /// Built while events come in, it ends in the same rows as if it had been there from the start.
    @Test(arguments: TestDatabase.available)
    func isFoldedAsIfItHadAlwaysBeenThere(_ test: TestDatabase) async throws {
        var declared: [String] = []
        try await test.withBench { bench in
            let definition = try await begin(bench, StreamTests.metrics + StreamTests.otherMetrics)
            _ = try await bench.log.append(StreamTests.stream(definition, count: 1200))
            try await bench.fold()
            declared = try await bench.foldedRows()
        }
        try await test.withBench { bench in
            let stream = StreamTests.stream(try await begin(bench, StreamTests.metrics), count: 1200)
            let worker = worker(bench)
            _ = try await bench.log.append(Array(stream[..<400]))
            try await bench.fold(batchSize: 100)
            for (index, metric) in StreamTests.otherMetrics.enumerated() {
                _ = try await bench.experiments.addMetric(metric, to: "hooks")
                // Some of what comes in is folded before the metric is built, some between, some after.
                let part = 400 + index * 100
                _ = try await bench.log.append(Array(stream[part..<part + 50]))
                if index % 2 == 0 { try await bench.fold(batchSize: 30) }
                _ = try await worker.step(units: 40)
                if index == 0 {
                    // What stands in a part of the units only is left out, and all else compared.
                    let report = try await bench.experiments.recount("hooks")
                    #expect(report.differences.isEmpty && report.compared >= 20)
                    #expect(report.notCompared == [metric.name])
                }
                _ = try await bench.log.append(Array(stream[(part + 50)..<(part + 100)]))
                try await bench.fold(batchSize: 70)
            }
            _ = try await bench.log.append(Array(stream[(400 + StreamTests.otherMetrics.count * 100)...]))
            try await bench.fold()
            while try await worker.step(units: 17) {}
            #expect(try await bench.foldedRows() == declared)
            let report = try await bench.experiments.recount("hooks")
            #expect(report.differences.isEmpty && report.compared > 100)
            let results = try await bench.results("hooks")
            #expect(
                results.metrics.map(\.isAddedLater) == [false, false, false, false] + [Bool](repeating: true, count: 7)
            )
            #expect(results.metrics.allSatisfy { !$0.isBeingBuilt })
        }
    }

    @Test(arguments: TestDatabase.available)
    func hasNoNumbersUntilItIsBuilt(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            let definition = try await begin(bench, [])
            let users = definition.users("question", 2)
            _ = try await bench.log.append(users.map { Sample.exposure($0) })
            _ = try await bench.log.append([Sample.event("click", users[0], at: 1)])
            try await bench.fold()
            _ = try await bench.experiments.conclude("hooks")
            let added = try await bench.experiments.addMetric(Metric("clicks", .count(of: "click")), to: "hooks")
            #expect(added.added.map(\.isBuilt) == [false] && added.version == 1)
            var result = try #require(try await bench.results("hooks").metrics.first)
            #expect(result.isBeingBuilt && result.isAddedLater && result.variants.allSatisfy { $0.n == 0 })
            try await worker(bench).buildAll()
            result = try #require(try await bench.results("hooks").metrics.first)
            #expect(!result.isBeingBuilt && result.variants.map(\.n) == [0, 2] && result.variants[1].mean == 0.5)
            #expect(try await bench.experiments.get("hooks").added.map(\.isBuilt) == [true])
        }
    }

    @Test(arguments: TestDatabase.available)
    func isRefusedWhereItMakesNoSense(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            let clicks = Metric("clicks", .count(of: "click"))
            _ = try await bench.experiments.create(try ExperimentDefinition.sample(metrics: [clicks]))
            let more = Metric("more", .count(of: "click"))
            await #expect(throws: ExperimentError.wrongState(.draft, accepted: [.running, .paused, .concluded])) {
                try await bench.experiments.addMetric(more, to: "hooks")
            }
            _ = try await bench.experiments.start("hooks")
            _ = try await bench.experiments.track("seen", 1, variant: "control", in: "hooks")
            try await bench.fold()
            for (metric, field) in [
                (clicks, "name"), (Metric("seen", .count(of: "click")), "name"), (Metric("o", .observation), "kind"),
                (Metric("bad", .count(of: "exposure")), "event"),
            ] {
                let error = await #expect(throws: ExperimentError.self) {
                    try await bench.experiments.addMetric(metric, to: "hooks")
                }
                guard case .invalid(field, _) = error else {
                    Issue.record("\(metric.name): \(String(describing: error))")
                    continue
                }
            }
        }
    }

    @Test(arguments: TestDatabase.available)
    func goesOnInTheNextVersion(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            _ = try await begin(bench, [])
            _ = try await bench.experiments.addMetric(Metric("clicks", .count(of: "click")), to: "hooks")
            var change = ExperimentChange()
            change.split = ["control": 0.4, "question": 0.6]
            let changed = try await bench.experiments.change("hooks", change)
            #expect(
                changed.version == 2 && changed.added.isEmpty && changed.definition.metrics.map(\.name) == ["clicks"]
            )
        }
    }

    /// A recount that could not fail would prove nothing.
    @Test(arguments: TestDatabase.available)
    func aRecountFindsWhatWasTamperedWith(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            let definition = try await begin(bench, StreamTests.metrics + StreamTests.otherMetrics)
            _ = try await bench.log.append(StreamTests.stream(definition, count: 800))
            try await bench.fold()
            #expect(try await bench.experiments.recount("hooks").differences.isEmpty)
            try await bench.database.write { transaction in
                let bytes = try #require(
                    try transaction.first(
                        """
                        SELECT cells FROM hookline_experiment_cells
                        WHERE metric = 1 AND variant = 0 AND slice = 0 AND part = 0
                        """
                    )
                ).blob("cells")
                try transaction.execute(
                    """
                    UPDATE hookline_experiment_cells SET cells = \(bytes)
                    WHERE metric = 1 AND variant = 1 AND slice = 0 AND part = 0
                    """
                )
                try transaction.execute(
                    "UPDATE hookline_experiment_tallies SET amount = amount + 1 WHERE name = 'exposure_mismatches'"
                )
            }
            let report = try await bench.experiments.recount("hooks")
            #expect(report.differences.map(\.subject) == ["clicks", "exposure_mismatches"])
            #expect(report.differences.first?.variant == "question" && report.differences.first?.slice == nil)
        }
    }
}
