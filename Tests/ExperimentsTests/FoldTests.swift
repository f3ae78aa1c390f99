import HooklineEvents
import HooklineExperiments
import HooklinePrimitives
import HooklineStorageTestSupport
import Testing

@Suite struct FoldTests {
    private static let metrics = [
        Metric("clicked", .proportion(of: "click")),
        Metric("clicks", .count(of: "click"), windowMilliseconds: 100_000),
        Metric("seconds", .sum(of: "watch", property: "seconds")),
        Metric("mean_seconds", .mean(of: "watch", property: "seconds")),
    ]

    private func begin(_ bench: Bench, unit: ExperimentUnit = .user, coverage: Double = 1) async throws
        -> ExperimentDefinition
    {
        let definition = try ExperimentDefinition.sample(metrics: Self.metrics, coverage: coverage, unit: unit)
        _ = try await bench.experiments.create(definition)
        _ = try await bench.experiments.start("hooks")
        return definition
    }

    private func means(_ results: ExperimentResults, _ variant: Identifier = "question") -> [Double?] {
        results.metrics.map { $0.variants.first { $0.variant == variant }?.mean }
    }

    @Test(arguments: TestDatabase.available)
    func countsEventsAtOrAfterTheExposureWithinTheWindow(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            let users = try await begin(bench).users("question", 2)
            _ = try await bench.log.append([
                Sample.event("click", users[0], at: 9),
                Sample.exposure(users[0], at: 10),
                Sample.event("click", users[0], at: 10),
                Sample.event("click", users[0], at: 109),
                Sample.event("click", users[0], at: 110),
                Sample.event("watch", users[0], at: 20, ["seconds": 12.5]),
                Sample.event("watch", users[0], at: 21, ["seconds": 0.25]),
                Sample.exposure(users[1], at: 10),
                Sample.event("click", "never exposed", at: 50),
            ])
            let results = try await bench.results("hooks")
            #expect(means(results) == [0.5, 1, 6.375, 6.375])
            #expect(results.metrics.map { $0.variants[1].n } == [2, 2, 2, 1])
            #expect(results.sampleRatio.arms.map(\.observed) == [0, 2])
        }
    }

    @Test(arguments: TestDatabase.available)
    func anEventBeforeItsExposureIsCountedWhenTheExposureArrives(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            let user = try await begin(bench).users("question", 1)[0]
            _ = try await bench.log.append([
                Sample.event("click", user, at: 30), Sample.event("watch", user, at: 5, ["seconds": 100]),
                Sample.event("watch", user, at: 40, ["seconds": 3]),
            ])
            try await bench.fold()
            _ = try await bench.log.append([Sample.exposure(user, at: 20)])
            #expect(means(try await bench.results("hooks")) == [1, 1, 3, 3])
            // An exposure that turns out to be earlier takes in what came between, and closes the window earlier.
            _ = try await bench.log.append([Sample.event("click", user, at: 115), Sample.exposure(user, at: 4)])
            #expect(means(try await bench.results("hooks")) == [1, 1, 103, 51.5])
            // A later one changes nothing.
            _ = try await bench.log.append([Sample.exposure(user, at: 60)])
            #expect(means(try await bench.results("hooks")) == [1, 1, 103, 51.5])
        }
    }

    @Test(arguments: TestDatabase.available)
    func leavesOutWhatIsNoNumberAndSaysSo(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            let user = try await begin(bench).users("question", 1)[0]
            _ = try await bench.log.append([
                Sample.event("watch", user, at: 5, ["seconds": "12"]), Sample.event("watch", user, at: 6, [:]),
                Sample.event("watch", user, at: 6), Sample.exposure(user, at: 1),
                Sample.event("watch", user, at: 7, ["seconds": 1e91]),
                Sample.event("watch", user, at: 8, ["seconds": 2]),
            ])
            let results = try await bench.results("hooks")
            #expect(means(results) == [0, 0, 2, 2])
            // Four events are left out of two metrics each.
            #expect(results.ignoredValues == 8)
        }
    }

    @Test(arguments: TestDatabase.available)
    func anExposureThatIsWrongIsCountedNotFolded(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            let definition = try await begin(bench, coverage: 0.5)
            let user = definition.users("question", 1)[0]
            let outside = try #require(
                (0..<100).map { Identifier(unchecked: "u\($0)") }.first { definition.allocation.variant(of: $0) == nil }
            )
            _ = try await bench.log.append([
                Sample.exposure(user, ["variant": "control"]), Sample.exposure(user, ["variant": "no such"]),
                Sample.exposure(outside), Sample.event("exposure", user, ["experiment_id": "another"]),
                Sample.event("exposure", user, ["no": "experiment"]),
            ])
            var results = try await bench.results("hooks")
            #expect(results.exposureMismatches == 3)
            #expect(results.sampleRatio.status == .notEnoughData)
            _ = try await bench.log.append([
                Sample.exposure(definition.users("question", 2)[1], ["variant": "question"])
            ])
            results = try await bench.results("hooks")
            #expect(results.exposureMismatches == 3 && results.unitsInSeveralVariants == 0)
            #expect(results.sampleRatio.arms.map(\.observed) == [0, 1])
            // Shown its own variant too, the first is known to have been shown two, and stays out of both.
            _ = try await bench.log.append([Sample.exposure(user)])
            results = try await bench.results("hooks")
            #expect(results.unitsInSeveralVariants == 1)
            #expect(results.sampleRatio.arms.map(\.observed) == [0, 1])
        }
    }

    @Test(arguments: TestDatabase.available)
    func measuresOnlyWhatIsLoggedWhileTheVersionRuns(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            let definition = try ExperimentDefinition.sample(metrics: Self.metrics)
            let users = definition.users("question", 4)
            _ = try await bench.experiments.create(definition)
            _ = try await bench.log.append([Sample.exposure(users[0]), Sample.event("click", users[1], at: 50)])
            _ = try await bench.experiments.start("hooks")
            _ = try await bench.log.append([Sample.exposure(users[1])])
            #expect(means(try await bench.results("hooks"))[0] == 0)

            _ = try await bench.experiments.pause("hooks")
            _ = try await bench.log.append([Sample.exposure(users[2]), Sample.event("click", users[1], at: 60)])
            _ = try await bench.experiments.start("hooks")
            _ = try await bench.log.append([Sample.exposure(users[3])])
            var results = try await bench.results("hooks")
            // The pause keeps a new unit out, and measures one that is in.
            #expect(results.exposuresOutsideRun == 1)
            #expect(results.metrics[0].variants[1].n == 2 && means(results)[0] == 0.5)
            #expect(!results.isFinal)

            _ = try await bench.experiments.conclude("hooks")
            _ = try await bench.log.append([Sample.event("click", users[3], at: 70)])
            results = try await bench.results("hooks")
            #expect(results.isFinal && means(results)[0] == 0.5)
        }
    }

    @Test(arguments: TestDatabase.available)
    func aNewVersionStartsEmpty(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            let definition = try await begin(bench)
            let user = definition.users("question", 1)[0]
            _ = try await bench.log.append([Sample.exposure(user), Sample.event("click", user, at: 1)])
            var change = ExperimentChange()
            change.split = ["control": 0.4, "question": 0.6]
            let second = try await bench.experiments.change("hooks", change)
            #expect(means(try await bench.results("hooks"))[0] == nil)
            let again = second.definition.users("question", 1)[0]
            _ = try await bench.log.append([Sample.exposure(again), Sample.event("click", again, at: 1)])
            let results = try await bench.results("hooks")
            #expect(results.experiment.version == 2 && means(results)[0] == 1)
            #expect(results.sampleRatio.arms.map(\.observed) == [0, 1])
        }
    }

    @Test(arguments: TestDatabase.available)
    func measuresContentsAndAttributesToo(_ test: TestDatabase) async throws {
        for unit in [ExperimentUnit.content, .attribute("device")] {
            try await test.withBench { bench in
                let one = try await begin(bench, unit: unit).users("question", 1)[0]
                let isContent = unit == .content
                func event(_ type: Identifier, at second: Int64, _ more: JSONObject) -> EngagementEvent {
                    var properties = more
                    if !isContent { properties.append("device", .string(one.text)) }
                    return Sample.event(type, "viewer", at: second, content: isContent ? one : nil, .object(properties))
                }
                _ = try await bench.log.append([
                    event("click", at: 5, [:]), event("watch", at: 6, ["seconds": 4]),
                    event("exposure", at: 2, ["experiment_id": "hooks"]), event("watch", at: 7, ["seconds": 6]),
                    event("click", at: 1, [:]),
                ])
                try await bench.fold(batchSize: 1)
                #expect(means(try await bench.results("hooks")) == [1, 1, 10, 5])
            }
        }
    }
}
