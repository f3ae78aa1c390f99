import HooklineEvents
import HooklinePrimitives
import HooklineStorage
import HooklineStorageTestSupport
import Synchronization
import Testing

@testable import HooklineExperiments

/// A rule that names an experiment gives units what the experiment gives them.
@Suite struct FeatureExperimentTests {
    private static let users = (0..<400).map { number in
        Identifier(unchecked: ["user_\(number)", "zuschauer-ä\(number)", "视频\(number)", "🎬\(number)"][number % 4])
    }

    /// The value of a feature for each user, as the server gives it and as an SDK does with the payload.
    private func values(_ features: Features, _ key: Identifier) async throws -> (own: [JSON], sent: [JSON]) {
        let payload = FeatureSet(try JSON.parse(try await features.current().payload.bytes))
        var (own, sent): ([JSON], [JSON]) = ([], [])
        for user in Self.users {
            let context = EvaluationContext(attributes: ["id": .string(user.text), "country": "DE"])
            own.append(try await features.evaluate(key, context).value)
            var evaluation = Evaluation(payload, context)
            sent.append(evaluation.result(of: key).value)
        }
        return (own, sent)
    }

    private func allocated(_ experiments: Experiments, _ id: Identifier) async throws -> [JSON] {
        var values: [JSON] = []
        for user in Self.users {
            let answer = try await experiments.allocate(AllocationRequest(userID: user, expose: false), in: id)
            // Who is outside of the experiment sees the default value of the feature, or control where the experiment says so.
            let isOutside = [.outsideCoverage, .draft].contains(answer.reason)
            values.append(isOutside ? "none" : .string("v-\(answer.variant)"))
        }
        return values
    }

    private static let feature: JSON = [
        "defaultValue": "none",
        "rules": [
            [
                "experiment": "hooks",
                "values": ["control": "v-control", "question": "v-question", "number": "v-number"],
            ]
        ],
    ]

    @Test(arguments: TestDatabase.available)
    func unitsGetWhatAllocationGivesInEveryState(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            let features = Features(database: bench.database, log: bench.log, clock: bench.clock.wallClock)
            let definition = try ExperimentDefinition.sample(
                variants: ["control", "question", "number"],
                split: ["control": 0.5, "question": 0.3, "number": 0.2],
                coverage: 0.8
            )
            _ = try await bench.experiments.create(definition)
            try await features.put("hook", Self.feature)
            func check(_ step: String, sent isSentAlike: Bool = true) async throws {
                let expected = try await allocated(bench.experiments, "hooks")
                let values = try await values(features, "hook")
                #expect(values.own == expected, "\(step)")
                if isSentAlike { #expect(values.sent == expected, "\(step), sent") }
                try await bench.fold()
            }
            try await check("draft")
            _ = try await bench.experiments.start("hooks")
            try await check("running")
            _ = try await bench.experiments.halt("hooks", variant: "number", reason: "It hurts.")
            try await check("halted")
            var change = ExperimentChange()
            change.coverage = 0.9
            _ = try await bench.experiments.change("hooks", change)
            try await check("another version")
            _ = try await bench.experiments.pause("hooks")
            // Only the server knows who was exposed before the pause.
            try await check("paused", sent: false)
            let paused = try await values(features, "hook").sent
            #expect(!paused.contains("v-question") && paused.contains("v-control"))
            _ = try await bench.experiments.start("hooks")
            try await check("resumed")
            _ = try await bench.experiments.conclude("hooks", winner: "question")
            try await check("concluded")
        }
    }

    @Test func anExposureIsRecordedOnceAndAsAllocationRecordsIt() async throws {
        try await TestDatabase.available[0].withBench { bench in
            let features = Features(database: bench.database, log: bench.log, clock: bench.clock.wallClock)
            _ = try await bench.experiments.create(ExperimentDefinition.sample(dimensions: ["country"]))
            _ = try await bench.experiments.start("hooks")
            try await features.put(
                "hook",
                [
                    "defaultValue": 0,
                    "rules": [["experiment": "hooks", "values": ["control": 1, "question": 2]]],
                ]
            )
            for user in Self.users.prefix(50) {
                let context = EvaluationContext(attributes: ["id": .string(user.text), "country": "DE"])
                for _ in 0..<3 { _ = try await features.evaluate("hook", context) }
                _ = try await features.evaluateAll(EvaluationContext(attributes: ["id": "nobody"]))
                _ = try await bench.experiments.allocate(AllocationRequest(userID: user), in: "hooks")
            }
            // A process that has just begun remembers nobody; the log does.
            let other = Features(database: bench.database, log: bench.log, clock: bench.clock.wallClock)
            _ = try await other.evaluate("hook", EvaluationContext(attributes: ["id": .string(Self.users[0].text)]))
            let events = try await EventStore(bench.database).events(after: 0, limit: 1000)
            #expect(events.count == 50)
            #expect(events.allSatisfy { $0.type == ExperimentEvents.exposure })
            let properties = try JSON.parse(events[0].properties ?? "{}")
            #expect(
                properties["experiment_id"] == "hooks" && properties["country"] == "DE"
                    && properties["feature"] == "hook"
            )
            #expect(events[0].userID == Self.users[0])
            let exposed = try await bench.results("hooks").sampleRatio.arms
            #expect(exposed.map(\.observed).reduce(0, +) == 50)
        }
    }

    @Test func aVariantThatIsMissingAValueIsRefused() async throws {
        try await TestDatabase.available[0].withBench { bench in
            let features = Features(database: bench.database, log: bench.log, clock: bench.clock.wallClock)
            _ = try await bench.experiments.create(ExperimentDefinition.sample())
            let wrong: [(JSON, String)] = [
                (["experiment": "hooks", "values": ["control": 1]], "rules[0].values"),
                (
                    ["experiment": "hooks", "values": ["control": 1, "question": 1, "other": 1]],
                    "rules[0].values.other"
                ),
                (
                    ["experiment": "hooks", "values": ["control": 1, "question": 1], "coverage": 1], "rules[0].coverage"
                ),
            ]
            for (rule, field) in wrong {
                let error = await #expect(throws: FieldError.self) {
                    try await features.put("hook", ["defaultValue": 0, "rules": [rule]])
                }
                #expect(error?.field == field)
            }
        }
    }

    /// An experiment is changed by its owner. Whoever writes another feature is not kept from it.
    @Test(arguments: TestDatabase.available)
    func aChangedExperimentKeepsNobodyFromWriting(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            let features = Features(database: bench.database, log: bench.log, clock: bench.clock.wallClock)
            _ = try await bench.experiments.create(ExperimentDefinition.sample())
            let rule: JSON = ["experiment": "hooks", "values": ["control": 1, "question": 2]]
            let hook: JSON = ["defaultValue": 0, "rules": [rule]]
            try await features.put("hook", hook)
            try await features.put("switch", ["defaultValue": true])
            var change = ExperimentChange()
            change.variants = ["control", "question", "third"]
            change.split = ["control": 0.4, "question": 0.3, "third": 0.3]
            _ = try await bench.experiments.change("hooks", change)
            try await features.put("switch", ["defaultValue": false])
            try await features.delete("switch")
            // Who writes the feature itself is told.
            let again: JSON = ["defaultValue": 5, "rules": [rule]]
            let error = await #expect(throws: FieldError.self) { try await features.put("hook", again) }
            #expect(error?.field == "rules[0].values")
        }
    }

    /// Whose earlier units keep their variant is known by the database alone: features that have nothing to do with it go on without.
    @Test func onlyWhatIsPausedNeedsTheDatabase() async throws {
        try await TestDatabase.available[0].withBench { bench in
            let isDown = Atomic(false)
            let broken = InterceptedDatabase(
                bench.database,
                beforeRead: {
                    guard isDown.load(ordering: .relaxed) else { return }
                    throw StorageError.unavailable(code: "08006", message: "down")
                },
                beforeWrite: {}
            )
            let features = Features(database: broken, log: bench.log, clock: bench.clock.wallClock)
            _ = try await bench.experiments.create(ExperimentDefinition.sample())
            _ = try await bench.experiments.start("hooks")
            let rule: JSON = ["experiment": "hooks", "values": ["control": 1, "question": 2]]
            try await features.put("hook", ["defaultValue": 0, "rules": [rule]])
            try await features.put(
                "child",
                ["defaultValue": 0, "rules": [["force": 1, "parentConditions": [["id": "hook", "condition": [:]]]]]]
            )
            try await features.put("plain", ["defaultValue": 7])
            _ = try await bench.experiments.pause("hooks")
            try await features.refresh()
            features.published.setFollowed(true)
            isDown.store(true, ordering: .relaxed)
            let context = EvaluationContext(attributes: ["id": "user_1"])
            #expect(try await features.evaluate("plain", context).value == 7)
            for key in ["hook", "child"] as [Identifier] {
                await #expect(throws: StorageError.self) { try await features.evaluate(key, context) }
            }
        }
    }

    /// Dimensions are taken as those of other exposures: texts, numbers and flags. What is longer than any value is cut.
    @Test func dimensionsOfExposuresAreScalars() async throws {
        try await TestDatabase.available[0].withBench { bench in
            let features = Features(database: bench.database, log: bench.log, clock: bench.clock.wallClock)
            let dimensions: [Identifier] = ["country", "age", "premium", "tags"]
            _ = try await bench.experiments.create(ExperimentDefinition.sample(dimensions: dimensions))
            _ = try await bench.experiments.start("hooks")
            let rule: JSON = ["experiment": "hooks", "values": ["control": 1, "question": 2]]
            try await features.put("hook", ["defaultValue": 0, "rules": [rule]])
            let context = EvaluationContext(
                attributes: [
                    "id": "user_1", "country": .string(String(repeating: "ä", count: 100_000)), "age": 30,
                    "premium": true, "tags": ["a"],
                ]
            )
            _ = try await features.evaluate("hook", context)
            let events = try await EventStore(bench.database).events(after: 0, limit: 10)
            let properties = try JSON.parse(try #require(events.first?.properties))
            #expect(properties["age"] == 30 && properties["premium"] == true && properties["tags"] == nil)
            #expect(properties["country"]?.string == String(repeating: "ä", count: 257))
        }
    }
}
