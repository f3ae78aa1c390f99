import HooklineEvents
import HooklineExperiments
import HooklinePrimitives
import HooklineStatistics
import HooklineStorage
import HooklineStorageTestSupport
import Testing

/// An arm that is stopped while the others go on.
@Suite struct HaltTests {
    private static let metrics = [
        Metric("clicked", .proportion(of: "click")),
        Metric("stayed", .proportion(of: "stay"), role: .guardrail, margin: 0.02),
    ]

    private func definition(
        halts: Bool = true,
        variants: [Identifier] = ["control", "question", "number"]
    ) throws -> ExperimentDefinition {
        var definition = try ExperimentDefinition.sample(variants: variants, metrics: Self.metrics)
        definition.haltsOnBreach = halts
        return definition
    }

    /// `question` loses four of five who stay; `number` loses none.
    private func log(_ definition: ExperimentDefinition, _ count: Int = 200) -> [EngagementEvent] {
        definition.variants.flatMap { variant in
            definition.users(variant, count).enumerated().flatMap { index, user -> [EngagementEvent] in
                let stays = variant == "question" ? index % 5 == 0 : true
                let varies = index % 10 != 9
                return [Sample.exposure(user)] + (stays && varies ? [Sample.event("stay", user, at: 5)] : [])
            }
        }
    }

    private func announced(_ bench: Bench) async throws -> [String] {
        try await bench.database.read { transaction in
            try transaction.rows("SELECT type FROM hookline_domain_events ORDER BY type").map { try $0.text("type") }
        }
    }

    @Test(arguments: TestDatabase.available)
    func aBreachHaltsItsArmOnceAndTheOthersGoOn(_ engine: TestDatabase) async throws {
        try await engine.withBench { bench in
            let definition = try definition()
            _ = try await bench.experiments.create(definition)
            _ = try await bench.experiments.start("hooks")
            _ = try await bench.log.append(log(definition))
            try await bench.fold()
            try await bench.experiments.acting(as: AuditActor.automatic).decideAll()
            try await bench.experiments.decideAll()

            let experiment = try await bench.experiments.get("hooks")
            #expect(experiment.halted.map(\.variant) == ["question"])
            #expect(experiment.halted.first?.reason.contains("'stayed' by more than the 2.0 %") == true)
            #expect(experiment.state == .running)
            let types = try await announced(bench)
            #expect(types.filter { $0 == "experiment.arm_halted" }.count == 1)
            #expect(types.filter { $0 == "experiment.guardrail_breached" }.count == 1)

            // Its units see control from now on, and are not in the experiment; those of the others go on.
            let (known, new) = (definition.users("question", 1)[0], definition.users("question", 201)[200])
            for user in [known, new] {
                let answer = try await bench.experiments.allocate(AllocationRequest(userID: user), in: "hooks")
                #expect(answer.variant == "control" && answer.reason == .halted)
                #expect(!answer.isInExperiment && !answer.isExposed)
            }
            let other = definition.users("number", 1)[0]
            let answer = try await bench.experiments.allocate(AllocationRequest(userID: other), in: "hooks")
            #expect(answer.variant == "number" && answer.isInExperiment)
        }
    }

    @Test(arguments: TestDatabase.available)
    func exposuresAfterAHaltBringNobodyIn(_ engine: TestDatabase) async throws {
        try await engine.withBench { bench in
            let definition = try definition(halts: false)
            _ = try await bench.experiments.create(definition)
            _ = try await bench.experiments.start("hooks")
            _ = try await bench.log.append(log(definition, 50))
            _ = try await bench.experiments.halt("hooks", variant: "question", reason: "It shocks people.")
            let late = definition.users("question", 80).suffix(30) + definition.users("number", 80).suffix(30)
            _ = try await bench.log.append(late.map { Sample.exposure($0) })

            let results = try await bench.results("hooks")
            #expect(results.exposuresOutsideRun == 30)
            let observed = results.sampleRatio.arms.map(\.observed)
            #expect(observed == [50, 50, 80])
            // The arm that was halted is no part of the split that is tested: 50 of 130 against 65 expected is.
            #expect(results.sampleRatio.arms[1].expected == nil)
            #expect(results.sampleRatio.test?.degreesOfFreedom == 1)
            #expect(results.metrics[0].treatments.first?.halt?.reason == "It shocks people.")
            // A recount from the log finds the same, bit for bit.
            #expect(try await bench.experiments.recount("hooks").differences.isEmpty)
        }
    }

    @Test func whereAllTreatmentsAreHaltedControlIsAllThatIsLeft() async throws {
        try await TestDatabase.available[0].withBench { bench in
            let definition = try definition(halts: false, variants: ["control", "question"])
            _ = try await bench.experiments.create(definition)
            _ = try await bench.experiments.start("hooks")
            _ = try await bench.log.append(log(definition, 50))
            _ = try await bench.experiments.halt("hooks", variant: "question", reason: "It shocks people.")
            let results = try await bench.results("hooks")
            #expect(results.sampleRatio.status == .notChecked)
            #expect(results.decision.verdict == .rollBack && results.decision.variant == "question")
            #expect(results.decision.reasons == ["'question' was halted: It shocks people."])
            let concluded = try await bench.experiments.concludeAsDecided("hooks")
            #expect(concluded.state == .concluded && concluded.winner == "control")
        }
    }

    @Test func aHaltEndsWithItsVersion() async throws {
        try await TestDatabase.available[0].withBench { bench in
            _ = try await bench.experiments.create(try definition(halts: false))
            _ = try await bench.experiments.start("hooks")
            let first = try await bench.experiments.halt("hooks", variant: "question", reason: "Once.")
            let again = try await bench.experiments.halt("hooks", variant: "question", reason: "Twice.")
            #expect(again.halted == first.halted && again.revision == first.revision)
            var change = ExperimentChange()
            change.seed = "anew"
            let changed = try await bench.experiments.change("hooks", change)
            #expect(changed.version == 2 && changed.halted.isEmpty)
            // To halt on a breach or not measures nothing otherwise.
            var option = ExperimentChange()
            option.haltsOnBreach = true
            #expect(try await bench.experiments.change("hooks", option).version == 2)
        }
    }

    @Test func whatCannotBeHaltedIsRefused() async throws {
        try await TestDatabase.available[0].withBench { bench in
            let experiments = bench.experiments
            _ = try await experiments.create(try definition(halts: false))
            await #expect(throws: ExperimentError.wrongState(.draft, accepted: [.running, .paused])) {
                _ = try await experiments.halt("hooks", variant: "question", reason: "No.")
            }
            _ = try await experiments.start("hooks")
            await #expect(throws: ExperimentError.unknownVariant("none", accepted: ["question", "number"])) {
                _ = try await experiments.halt("hooks", variant: "none", reason: "No.")
            }
            for (variant, reason, field) in [("control", "No.", "variant"), ("question", "", "reason")] {
                let error = await #expect(throws: ExperimentError.self) {
                    _ = try await experiments.halt("hooks", variant: Identifier(unchecked: variant), reason: reason)
                }
                guard case .invalid(field, _) = error else {
                    Issue.record("\(String(describing: error))")
                    continue
                }
            }
        }
    }

    @Test func haltingTakesAMarginAndUnitsOfOurOwn() async throws {
        try await TestDatabase.available[0].withBench { bench in
            var plain = try ExperimentDefinition.sample(metrics: [Metric("clicked", .proportion(of: "click"))])
            plain.haltsOnBreach = true
            let refused = plain
            await #expect(throws: ExperimentError.self) { _ = try await bench.experiments.create(refused) }
        }
        #expect(throws: ExperimentError.self) {
            _ = try ExperimentDefinition(
                id: "hooks",
                name: "Hooks",
                variants: ["a", "b"],
                metrics: [Metric("stayed", .observation, role: .guardrail, margin: 0.02)],
                haltsOnBreach: true,
                unit: .external
            )
        }
    }
}
