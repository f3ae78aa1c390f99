import HooklineEvents
import HooklineExperiments
import HooklinePrimitives
import HooklineStorage
import HooklineStorageTestSupport
import Testing

@Suite struct AnnouncementTests {
    private func announced(_ bench: Bench) async throws -> [DispatchedEvent] {
        let outbox = OutboxStore(bench.database)
        return try await bench.database.write { transaction in
            _ = try outbox.take(100, in: transaction)
            return try outbox.events(DomainEventSearch(positions: 1..<100, limit: 100), in: transaction)
        }
    }

    private func definition() throws -> ExperimentDefinition {
        try ExperimentDefinition(id: "hooks", name: "Hooks", variants: ["control", "question"])
    }

    @Test(arguments: TestDatabase.available)
    func everyStepIsAnnouncedOnce(on database: TestDatabase) async throws {
        try await database.withBench { bench in
            let experiments = bench.experiments
            _ = try await experiments.create(definition())
            _ = try await experiments.start("hooks")
            _ = try await experiments.start("hooks")
            var change = ExperimentChange()
            change.name = "Another name"
            _ = try await experiments.change("hooks", change)
            change.coverage = 0.5
            _ = try await experiments.change("hooks", change)
            _ = try await experiments.pause("hooks")
            _ = try await experiments.start("hooks")
            _ = try await experiments.conclude("hooks", winner: "question")
            _ = try await experiments.conclude("hooks", winner: "question")

            let events = try await announced(bench)
            #expect(
                events.map(\.event.type) == [
                    "experiment.started", "experiment.version_changed", "experiment.started", "experiment.concluded",
                ]
            )
            #expect(events.allSatisfy { $0.event.orderingKey == "hooks" })
            let last = try JSON.parse(events[3].event.payload.bytes)
            #expect(last["winner"]?.string == "question")
            #expect(last["state"]?.string == "concluded")
            #expect(last["version"]?.integer == 2)
        }
    }

    /// A change that is rolled back is not announced.
    @Test(arguments: TestDatabase.available)
    func whatIsRefusedIsNotAnnounced(on database: TestDatabase) async throws {
        try await database.withBench { bench in
            _ = try await bench.experiments.create(definition())
            await #expect(throws: ExperimentError.self) { _ = try await bench.experiments.conclude("hooks") }
            #expect(try await announced(bench).isEmpty)
        }
    }
}
