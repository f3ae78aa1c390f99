import HooklinePrimitives
import HooklineStorageTestSupport
import Testing

@testable import HooklineEvents
@testable import HooklineExperiments

/// What rules and features say in Hookline's own terms.
@Suite struct HoldoutAndRampTests {
    private static let contexts = (0..<1000).map { EvaluationContext(attributes: ["id": .string("user_\($0)")]) }

    private func share(_ value: JSON, of key: Identifier, _ features: Features) async throws -> Double {
        var count = 0
        for context in Self.contexts where try await features.evaluate(key, context).value == value { count += 1 }
        return Double(count) / Double(Self.contexts.count)
    }

    @Test func aRampGoesItsStepsAndKeepsWhoWasIn() async throws {
        try await TestDatabase.available[0].withBench { bench in
            let features = Features(database: bench.database, log: bench.log, clock: bench.clock.wallClock)
            let start = bench.clock.now()
            func step(_ minutes: Int64, _ coverage: Double) -> JSON {
                ["at": JSON(start.advanced(byMilliseconds: minutes * 60_000)), "coverage": .number(coverage)]
            }
            try await features.put(
                "player",
                [
                    "defaultValue": "old",
                    "rules": [["force": "new", "ramp": [step(10, 0.1), step(20, 0.5), step(30, 1)]]],
                ]
            )
            // As the worker of a server does: nothing is read again, and yet the steps are gone.
            features.published.setFollowed(true)
            var before: Set<Int> = []
            for expected in [0, 0.1, 0.5, 1] {
                var inside: Set<Int> = []
                for (index, context) in Self.contexts.enumerated()
                where try await features.evaluate("player", context).value == "new" { inside.insert(index) }
                #expect(abs(Double(inside.count) / 1000 - expected) < 0.04, "\(expected): \(inside.count)")
                #expect(before.isSubset(of: inside))
                before = inside
                bench.clock.advance(byMilliseconds: 10 * 60_000)
            }
        }
    }

    @Test func aRuleHoldsBetweenItsTimes() async throws {
        try await TestDatabase.available[0].withBench { bench in
            let features = Features(database: bench.database, log: bench.log, clock: bench.clock.wallClock)
            let start = bench.clock.now()
            try await features.put(
                "banner",
                [
                    "defaultValue": false,
                    "rules": [
                        [
                            "force": true, "from": JSON(start.advanced(byMilliseconds: 1000)),
                            "until": JSON(start.advanced(byMilliseconds: 2000)),
                        ]
                    ],
                ]
            )
            var tags: [String] = []
            for expected in [false, true, false] {
                #expect(try await features.evaluate("banner", Self.contexts[0]).value == .bool(expected))
                tags.append(try await features.current().tag)
                bench.clock.advance(byMilliseconds: 1000)
            }
            // SDKs are told of each.
            #expect(tags[0] != tags[1] && tags[1] != tags[2] && tags[0] == tags[2])
        }
    }

    @Test(arguments: TestDatabase.available)
    func whoIsHeldOutSeesNothingNewAndIsMeasured(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            let features = Features(database: bench.database, log: bench.log, clock: bench.clock.wallClock)
            _ = try await bench.experiments.create(
                ExperimentDefinition.sample("holdout", variants: ["held-out", "measured"], coverage: 0.4)
            )
            let definition: JSON = [
                "defaultValue": "old", "rules": [["force": "new"]], "holdout": ["experiment": "holdout"],
            ]
            try await features.put("player", definition)
            try await features.put(
                "hook",
                ["defaultValue": 0, "rules": [["force": 1]], "holdout": ["experiment": "holdout", "value": -1]]
            )
            #expect(try await share("new", of: "player", features) == 1)
            _ = try await bench.experiments.start("holdout")
            let heldOut = try await share("old", of: "player", features)
            #expect(abs(heldOut - 0.2) < 0.04)
            for context in Self.contexts {
                let (player, hook) = (
                    try await features.evaluate("player", context).value,
                    try await features.evaluate("hook", context).value
                )
                #expect((player == "old") == (hook == -1))
            }
            try await bench.fold()
            let exposures = try await bench.results("holdout").sampleRatio.arms
            #expect(exposures.map(\.observed).reduce(0, +) > 300, "both arms are measured: \(exposures)")
            // A pause lets nobody out; the end lets everybody out.
            _ = try await bench.experiments.pause("holdout")
            #expect(try await share("old", of: "player", features) == heldOut)
            _ = try await bench.experiments.conclude("holdout")
            #expect(try await share("new", of: "player", features) == 1)
            // The feature of the holdout itself is nobody's to ask for.
            #expect(try await features.evaluateAll(Self.contexts[0]).map(\.key) == ["hook", "player"])
        }
    }

    @Test func bucketsStickWhereARuleCountsTheirVersions() async throws {
        try await TestDatabase.available[0].withBench { bench in
            let features = Features(database: bench.database, log: bench.log, clock: bench.clock.wallClock)
            func feature(_ weights: [JSON], sticks: Bool) -> JSON {
                var rule: JSONObject = [
                    "key": "test", "variations": ["a", "b"], "hashVersion": 2, "weights": .array(weights),
                    "meta": [["key": "a"], ["key": "b"]],
                ]
                if sticks { rule["bucketVersion"] = 1 }
                return ["defaultValue": "none", "rules": [.object(rule)]]
            }
            for (key, sticks) in [(Identifier("sticky"), true), (Identifier("loose"), false)] {
                try await features.put(key, feature([0.5, 0.5], sticks: sticks))
                let before = try await share("a", of: key, features)
                try await features.put(key, feature([0, 1], sticks: sticks))
                #expect(try await share("a", of: key, features) == (sticks ? before : 0))
            }
            let kept = try await features.stickyBuckets("id", "user_1")
            #expect(kept?.assignments.count == 1)
        }
    }
}
