import HooklineEvents
import HooklineExperiments
import HooklinePrimitives
import HooklineStorageTestSupport
import Synchronization
import Testing

@Suite struct AllocateTests {
    @Test(arguments: TestDatabase.available)
    func recordsTheExposureOncePerUnitAndVersion(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            let definition = try ExperimentDefinition.sample()
            _ = try await bench.experiments.create(definition)
            _ = try await bench.experiments.start("hooks")
            let user = definition.users("question", 1)[0]
            let events = EventStore(bench.database)
            var request = AllocationRequest(userID: user, expose: false)
            let asked = try await bench.experiments.allocate(request, in: "hooks")
            #expect(
                asked.variant == "question" && asked.isInExperiment && !asked.isExposed && asked.reason == .allocated
            )
            #expect(try await events.head() == 0)

            request.expose = true
            for _ in 0..<3 {
                #expect(try await bench.experiments.allocate(request, in: "hooks").isExposed)
            }
            // Another node, which has not seen the first calls, and one after the fold.
            #expect(try await Bench(bench.database).experiments.allocate(request, in: "hooks").isExposed)
            try await bench.fold()
            #expect(try await Bench(bench.database).experiments.allocate(request, in: "hooks").isExposed)
            #expect(try await events.head() == 1)

            var change = ExperimentChange()
            change.seed = "another"
            _ = try await bench.experiments.change("hooks", change)
            let again = try await bench.experiments.allocate(request, in: "hooks")
            #expect(again.version == 2 && again.isExposed)
            #expect(try await events.head() == 2)
        }
    }

    @Test(arguments: TestDatabase.available)
    func showsControlToThoseWhoTakeNoPart(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            let definition = try ExperimentDefinition.sample(coverage: 0.5)
            _ = try await bench.experiments.create(definition)
            let users = definition.users("question", 2)
            let outside = (0...).lazy.map { Identifier(unchecked: "u\($0)") }
                .first { definition.allocation.variant(of: $0) == nil }
            func answer(_ user: Identifier?) async throws -> AllocationAnswer {
                try await bench.experiments.allocate(AllocationRequest(userID: user), in: "hooks")
            }
            #expect(try await answer(users[0]).reason == .draft)
            _ = try await bench.experiments.start("hooks")
            let uncovered = try await answer(outside)
            #expect(uncovered.reason == .outsideCoverage && uncovered.variant == "control" && !uncovered.isExposed)
            #expect(try await answer(users[0]).variant == "question")
            _ = try await bench.experiments.pause("hooks")
            try await bench.fold()
            // Whoever saw a variant keeps it; nobody new comes in.
            #expect(try await answer(users[0]).variant == "question")
            let late = try await answer(users[1])
            #expect(late.reason == .paused && late.variant == "control")
            _ = try await bench.experiments.conclude("hooks", winner: "question")
            let over = try await answer(outside)
            #expect(over.reason == .concluded && over.variant == "question" && !over.isInExperiment)
        }
    }

    /// An allocation that reads "running", and whose exposure is logged after somebody has paused.
    @Test(arguments: TestDatabase.available)
    func anExposureThatAPauseOvertookIsRecordedAgainAfterIt(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            let definition = try ExperimentDefinition.sample()
            _ = try await bench.experiments.create(definition)
            _ = try await bench.experiments.start("hooks")
            let user = definition.users("question", 1)[0]
            // Between the decision and the append somebody pauses.
            let writes = Mutex(0)
            let overtaken = InterceptedDatabase(bench.database) {
                let isFirst = writes.withLock { count in
                    count += 1
                    return count == 1
                }
                if isFirst { _ = try await bench.experiments.pause("hooks") }
            }
            let log = EventLog(overtaken, clock: bench.clock.wallClock)
            let racing = Experiments(database: bench.database, log: log, clock: bench.clock.wallClock)
            _ = try await racing.allocate(AllocationRequest(userID: user), in: "hooks")
            #expect(try await bench.results("hooks").exposuresOutsideRun == 1)
            _ = try await bench.experiments.start("hooks")
            #expect(try await racing.allocate(AllocationRequest(userID: user), in: "hooks").isExposed)
            #expect(try await bench.results("hooks").sampleRatio.arms.map(\.observed) == [0, 1])
        }
    }

    @Test(arguments: TestDatabase.available)
    func randomisesTheUnitOfTheExperiment(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            _ = try await bench.experiments.create(try .sample(unit: .attribute("device")))
            _ = try await bench.experiments.start("hooks")
            await #expect(
                throws: ExperimentError.invalid(
                    field: "attributes.device",
                    problem: "is missing; the experiment randomises it"
                )
            ) { try await bench.experiments.allocate(AllocationRequest(userID: "u"), in: "hooks") }
            let request = AllocationRequest(userID: "u", attributes: ["device": "d-1", "country": "DE"])
            let answer = try await bench.experiments.allocate(request, in: "hooks")
            #expect(answer.unit == "d-1" && answer.isExposed)
            #expect(try await bench.results("hooks").sampleRatio.arms.map(\.observed).reduce(0, +) == 1)

            _ = try await bench.experiments.create(try .sample("elsewhere", unit: .external))
            _ = try await bench.experiments.start("elsewhere")
            await #expect(throws: ExperimentError.self) {
                try await bench.experiments.allocate(request, in: "elsewhere")
            }
        }
    }
}
