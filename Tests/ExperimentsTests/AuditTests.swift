import HooklineEvents
import HooklineExperiments
import HooklinePrimitives
import HooklineStorage
import HooklineStorageTestSupport
import Testing

/// What was done, by whom, in the transaction that did it.
@Suite struct AuditTests {
    @Test(arguments: TestDatabase.available)
    func everyStepIsNotedWithWhoTookIt(_ engine: TestDatabase) async throws {
        try await engine.withBench { bench in
            let anna = bench.experiments.acting(as: "key-anna")
            var definition = try ExperimentDefinition.sample(metrics: [Metric("rating", .observation)])
            definition.plan = ExperimentPlan(units: 400)
            _ = try await anna.create(definition)
            _ = try await anna.start("hooks")
            _ = try await bench.experiments.pause("hooks")
            _ = try await bench.experiments.pause("hooks")
            _ = try await anna.start("hooks")
            var change = ExperimentChange()
            change.description = "What a question does."
            _ = try await anna.change("hooks", change)
            _ = try await anna.change("hooks", change)
            let observations = [("control", 20), ("question", 80)].map { variant, successes in
                Observation(
                    variant: Identifier(unchecked: variant),
                    metric: "rating",
                    measurement: .successes(Int64(successes), ofTrials: 200)
                )
            }
            _ = try await bench.experiments.record(observations, in: "hooks")
            try await bench.fold()
            try await bench.experiments.acting(as: AuditActor.automatic).decideAll()
            _ = try await anna.concludeAsDecided("hooks")

            let entries = try await bench.experiments.audit(of: "hooks").items
            #expect(
                entries.map { "\($0.action.rawValue) \($0.actor)" } == [
                    "created key-anna", "started key-anna", "paused in-process", "resumed key-anna", "changed key-anna",
                    "read automatic", "decided automatic", "concluded key-anna",
                ]
            )
            #expect(entries.map(\.number) == entries.map(\.number).sorted())
            #expect(entries[4].detail["fields"] == ["description"])
            #expect(entries[5].detail["units"] == 400 && entries[5].detail["last"] == true)
            #expect(entries[6].detail["verdict"] == "ship" && entries[6].detail["variant"] == "question")
            #expect(entries[7].detail["winner"] == "question")
        }
    }

    @Test(arguments: TestDatabase.available)
    func itIsReadPageByPage(_ engine: TestDatabase) async throws {
        try await engine.withBench { bench in
            _ = try await bench.experiments.create(.sample())
            _ = try await bench.experiments.create(.sample("others"))
            for _ in 0..<3 {
                _ = try await bench.experiments.start("hooks")
                _ = try await bench.experiments.pause("hooks")
            }
            var (seen, cursor): ([AuditEntry], String?) = ([], nil)
            repeat {
                let page = try await bench.experiments.audit(of: "hooks", PageRequest(after: cursor, limit: 3))
                seen += page.items
                cursor = page.next
            } while cursor != nil
            #expect(seen.count == 7 && seen.allSatisfy { $0.experiment == "hooks" })
            await #expect(throws: ExperimentError.self) {
                _ = try await bench.experiments.audit(of: "hooks", PageRequest(after: "x"))
            }
            await #expect(throws: ExperimentError.unknownExperiment("none")) {
                _ = try await bench.experiments.audit(of: "none")
            }
        }
    }

    @Test func whatWasRefusedIsNotNoted() async throws {
        try await TestDatabase.available[0].withBench { bench in
            _ = try await bench.experiments.create(.sample())
            await #expect(throws: ExperimentError.self) { _ = try await bench.experiments.pause("hooks") }
            await #expect(throws: ExperimentError.self) {
                _ = try await bench.experiments.conclude("hooks", winner: "none")
            }
            #expect(try await bench.experiments.audit(of: "hooks").items.map(\.action) == [.created])
        }
    }

    @Test func resultsThatDecideNothingChooseNoWinner() async throws {
        try await TestDatabase.available[0].withBench { bench in
            _ = try await bench.experiments.create(.sample(metrics: [Metric("rating", .observation)]))
            _ = try await bench.experiments.start("hooks")
            let error = await #expect(throws: ExperimentError.self) {
                _ = try await bench.experiments.concludeAsDecided("hooks")
            }
            guard case .undecided(let decision) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(decision.verdict == .keepRunning)
            #expect(try await bench.experiments.get("hooks").state == .running)
        }
    }
}
