import HooklineExperiments
import HooklinePrimitives
import HooklineStorage
import HooklineStorageTestSupport
import Testing

@Suite struct ExperimentStoreTests {
    @Test(arguments: TestDatabase.available)
    func keepsADefinitionAsItWasGiven(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            let definition = try ExperimentDefinition(
                id: "hook/é 🎬",
                name: "Name \"quoted\"",
                description: "Zeile\nzwei",
                variants: ["control", "b", "c"],
                split: ["control": 0.1, "b": 0.2, "c": 0.7],
                metrics: [
                    Metric("ctr", .proportion(of: "click"), windowMilliseconds: 3_600_000),
                    Metric("seconds", .sum(of: "watch", property: "seconds")), Metric("rating", .observation),
                ],
                coverage: 0.3,
                unit: .attribute("device"),
                seed: "seed-1",
                control: "b"
            )
            let created = try await bench.experiments.create(definition)
            #expect(created.definition == definition && created.state == .draft && created.version == 1)
            #expect(created.createdAt == bench.clock.now() && created.startedAt == nil)
            #expect(try await bench.experiments.get("hook/é 🎬").definition == definition)
            await #expect(throws: ExperimentError.exists("hook/é 🎬")) { try await bench.experiments.create(definition) }
            await #expect(throws: ExperimentError.unknownExperiment("x")) { try await bench.experiments.get("x") }
        }
    }

    @Test(arguments: TestDatabase.available)
    func listsByPageInTheOrderOfBytes(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            for id in ["b", "a", "Z", "ä", "z"] as [Identifier] {
                _ = try await bench.experiments.create(try .sample(id))
            }
            _ = try await bench.experiments.start("a")
            var seen: [String] = []
            var cursor: String?
            repeat {
                let page = try await bench.experiments.list(PageRequest(after: cursor, limit: 2))
                seen += page.items.map(\.id.text)
                cursor = page.next
            } while cursor != nil
            #expect(seen == ["Z", "a", "b", "z", "ä"])
            #expect(try await bench.experiments.list(state: .running).items.map(\.id) == ["a"])
        }
    }

    @Test(arguments: TestDatabase.available)
    func commandsMoveTheStateAndAreRepeatable(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            _ = try await bench.experiments.create(try .sample())
            await #expect(throws: ExperimentError.wrongState(.draft, accepted: [.running, .paused])) {
                try await bench.experiments.pause("hooks")
            }
            let started = try await bench.experiments.start("hooks")
            #expect(started.state == .running && started.startedAt == bench.clock.now())
            #expect(try await bench.experiments.start("hooks").revision == started.revision)
            #expect(try await bench.experiments.pause("hooks").state == .paused)
            #expect(try await bench.experiments.start("hooks").state == .running)
            let unknown = ExperimentError.invalid(
                field: "winner",
                problem: "'x' is no variant; accepted are 'control', 'question'"
            )
            await #expect(throws: unknown) { try await bench.experiments.conclude("hooks", winner: "x") }
            let concluded = try await bench.experiments.conclude("hooks", winner: "question")
            #expect(concluded.state == .concluded && concluded.winner == "question")
            #expect(try await bench.experiments.conclude("hooks", winner: "question").revision == concluded.revision)
            await #expect(throws: ExperimentError.self) {
                try await bench.experiments.conclude("hooks", winner: "control")
            }
            await #expect(throws: ExperimentError.self) { try await bench.experiments.start("hooks") }
        }
    }

    @Test(arguments: TestDatabase.available)
    func aChangeAfterTheStartMakesANewVersion(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            _ = try await bench.experiments.create(try .sample())
            var split = ExperimentChange()
            split.split = ["control": 0.2, "question": 0.8]
            #expect(try await bench.experiments.change("hooks", split).version == 1)
            _ = try await bench.experiments.start("hooks")

            var name = ExperimentChange()
            name.name = "Renamed"
            let renamed = try await bench.experiments.change("hooks", name)
            #expect(renamed.version == 1 && renamed.definition.name == "Renamed")

            split.split = ["control": 0.5, "question": 0.5]
            let second = try await bench.experiments.change("hooks", split)
            #expect(second.version == 2 && second.definition.weights == [0.5, 0.5])
            #expect(try await bench.experiments.change("hooks", split).version == 2)

            _ = try await bench.experiments.conclude("hooks")
            await #expect(throws: ExperimentError.wrongState(.concluded, accepted: [.draft, .running, .paused])) {
                split.split = ["control": 0.9, "question": 0.1]
                return try await bench.experiments.change("hooks", split)
            }
            name.name = "Renamed again"
            #expect(try await bench.experiments.change("hooks", name).definition.name == "Renamed again")
        }
    }

    @Test(arguments: TestDatabase.available)
    func concurrentChangesAreAllMade(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            _ = try await bench.experiments.create(try .sample())
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { _ = try await bench.experiments.start("hooks") }
                group.addTask {
                    var change = ExperimentChange()
                    change.description = "changed"
                    _ = try await bench.experiments.change("hooks", change)
                }
                try await group.waitForAll()
            }
            let experiment = try await bench.experiments.get("hooks")
            #expect(experiment.state == .running && experiment.definition.description == "changed")
            #expect(experiment.revision == 3)
        }
    }

    @Test(arguments: TestDatabase.available)
    func verbsJoinTheCallersTransaction(_ test: TestDatabase) async throws {
        struct Undo: Error {}
        try await test.withBench { bench in
            let store = ExperimentStore(bench.database)
            let definition = try ExperimentDefinition.sample()
            let now = bench.clock.now()
            await #expect(throws: Undo.self) {
                try await bench.database.write { transaction in
                    _ = try store.add(definition, at: now, in: transaction)
                    _ = try bench.experiments.perform(.start, "hooks", at: now, in: transaction)
                    #expect(try store.get("hooks", in: transaction).state == .running)
                    throw Undo()
                }
            }
            await #expect(throws: ExperimentError.unknownExperiment("hooks")) { try await store.get("hooks") }
        }
    }
}
