import HooklineEvents
import HooklineExperiments
import HooklinePrimitives
import HooklineStorageTestSupport
import Testing

@Suite struct ImportTests {
    private func sample(_ id: Identifier, _ arms: [(Identifier, Int64, Int64)]) -> ImportedExperiment {
        ImportedExperiment(
            id: id,
            name: "Imported",
            metric: "click_rate",
            arms: arms.map { ImportedExperiment.Arm(variant: $0, trials: $1, successes: $2) }
        )
    }

    @Test(arguments: TestDatabase.available)
    func importingTwiceIsTheSameAsOnce(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            let imports = [
                sample("t1", [("a", 1000, 50), ("b", 1100, 99), ("c", 1050, 40)]),
                sample("t2", [("a", 10, 0), ("b", 10, 0)]),
                sample("t3", [("a", 10, 0)]),
                sample("t4", [("a", 10, 0), ("b", 10, 11)]),
            ]
            let first = try await bench.experiments.importResults(imports)
            #expect(first.outcomes[0...1] == [.imported, .imported])
            guard case .refused(.invalid("variants", _)) = first.outcomes[2],
                case .refused(.invalid("arms[1].successes", _)) = first.outcomes[3]
            else {
                Issue.record("\(first.outcomes)")
                return
            }
            let head = try await EventStore(bench.database).head()
            #expect(head == 5 && first.position == 5)
            #expect(
                try await bench.experiments.importResults(Array(imports[0...1])).outcomes == [.unchanged, .unchanged]
            )
            #expect(try await EventStore(bench.database).head() == head)
            let changed = sample("t1", [("a", 1, 0), ("other", 1, 0)])
            #expect(try await bench.experiments.importResults([changed]).outcomes == [.refused(.exists("t1"))])

            let results = try await bench.results("t1")
            #expect(results.isFinal && results.experiment.state == .concluded)
            #expect(results.metrics.map(\.name) == ["click_rate"])
            #expect(results.metrics[0].variants.map(\.n) == [1000, 1100, 1050])
            #expect(results.sampleRatio.source == "click_rate")
            #expect(results.sampleRatio.arms.map(\.expected) == [1050, 1050, 1050])
        }
    }

    @Test(arguments: TestDatabase.available)
    func anImportThatWasCutOffIsCompleted(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            let imported = sample("t1", [("a", 1000, 50), ("b", 1100, 99)])
            // As far as a crash after the first transaction lets it come.
            let definition = try ExperimentDefinition(
                id: "t1",
                name: "Imported",
                variants: ["a", "b"],
                metrics: [Metric("click_rate", .observation)],
                unit: .external
            )
            _ = try await bench.experiments.create(definition)
            _ = try await bench.experiments.start("t1")
            #expect(try await bench.experiments.importResults([imported]).outcomes == [.imported])
            let results = try await bench.results("t1")
            #expect(results.isFinal && results.metrics[0].variants.map(\.n) == [1000, 1100])
        }
    }
}
