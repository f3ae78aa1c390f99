import HooklineEvents
import HooklineExperiments
import HooklinePrimitives
import HooklineStorageTestSupport
import Testing

/// Units count when their windows have closed: by the clock, a day of exposures at a time.
@Suite struct MaturityTests {
    private static let day: Int64 = 86_400
    /// The test clock stands at this time of its day, so this many seconds are left of it.
    private static let untilMidnight: Int64 = 86_400 - Sample.start.milliseconds / 1000 % 86_400

    private func begin(_ bench: Bench) async throws -> [Identifier] {
        let metric = Metric("clicks", .count(of: "click"), windowMilliseconds: 2 * Self.day * 1000)
        let definition = try ExperimentDefinition.sample(metrics: [metric])
        _ = try await bench.experiments.create(definition)
        _ = try await bench.experiments.start("hooks")
        return definition.users("question", 3)
    }

    private func counted(_ bench: Bench) async throws -> (n: Int64, mean: Double?, open: Int64) {
        let result = try #require(try await bench.results("hooks", includesOpen: false).metrics.first)
        let arm = try #require(result.treatments.first)
        #expect(!result.includesOpen)
        return (arm.n, arm.mean, result.openUnits)
    }

    @Test(arguments: TestDatabase.available)
    func aWindowClosesByTheClock(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            let users = try await begin(bench)
            _ = try await bench.log.append([
                Sample.exposure(users[0]), Sample.event("click", users[0], at: 1),
                Sample.exposure(users[1], at: Self.untilMidnight),
                Sample.event("click", users[1], at: Self.untilMidnight),
                Sample.event("click", users[1], at: Self.untilMidnight + 1),
            ])
            var now = try await counted(bench)
            #expect(now.n == 0 && now.mean == nil && now.open == 2)
            // The first day is over at midnight, and its last window two days later.
            bench.clock.advance(byMilliseconds: 1000 * (Self.untilMidnight + 2 * Self.day - 1))
            now = try await counted(bench)
            #expect(now.n == 0 && now.open == 2)
            bench.clock.advance(byMilliseconds: 1000 * (1))
            now = try await counted(bench)
            #expect(now.n == 1 && now.mean == 1 && now.open == 1)
            bench.clock.advance(byMilliseconds: 1000 * (Self.day))
            now = try await counted(bench)
            #expect(now.n == 2 && now.mean == 1.5 && now.open == 0)
        }
    }

    /// Days that are settled in the rows still give up a unit whose exposure turns out to be another.
    @Test(arguments: TestDatabase.available)
    func whatComesLateStillMovesASettledUnit(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            let users = try await begin(bench)
            _ = try await bench.log.append([Sample.exposure(users[0], at: 50), Sample.event("click", users[0], at: 60)])
            try await bench.fold()
            bench.clock.advance(byMilliseconds: 1000 * (10 * Self.day))
            // The clock of the log moves on with what is received, and settles the first day.
            _ = try await bench.log.append([
                Sample.exposure(users[1], at: 10 * Self.day), Sample.event("click", users[0], at: 61),
            ])
            var now = try await counted(bench)
            #expect(now.n == 1 && now.mean == 2 && now.open == 1)
            _ = try await bench.log.append([Sample.event("click", users[0], at: 40), Sample.exposure(users[0], at: 30)])
            now = try await counted(bench)
            #expect(now.n == 1 && now.mean == 3 && now.open == 1)
            // Shown another variant, it leaves.
            _ = try await bench.log.append([Sample.exposure(users[0], at: 30, ["variant": "control"])])
            now = try await counted(bench)
            #expect(now.n == 0 && now.mean == nil && now.open == 1)
        }
    }

    @Test(arguments: TestDatabase.available)
    func concludingFreezesWhatIsMature(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            let users = try await begin(bench)
            _ = try await bench.log.append([Sample.exposure(users[0]), Sample.event("click", users[0], at: 1)])
            bench.clock.advance(byMilliseconds: 1000 * (Self.untilMidnight + 2 * Self.day))
            _ = try await bench.log.append([Sample.exposure(users[1], at: 2 * Self.day)])
            let concluded = try await bench.experiments.conclude("hooks")
            bench.clock.advance(byMilliseconds: 1000 * (30 * Self.day))
            _ = try await bench.log.append([Sample.event("click", users[0], at: 2)])
            let results = try await bench.results("hooks", includesOpen: false)
            #expect(results.isFinal && results.asOf == concluded.concludedAt)
            let now = try await counted(bench)
            #expect(now.n == 1 && now.mean == 1 && now.open == 1)
        }
    }

    /// A fold that is behind cannot know what happened since, so no window has closed since.
    @Test(arguments: TestDatabase.available)
    func nothingMaturesWhileTheFoldIsBehind(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            let users = try await begin(bench)
            _ = try await bench.log.append([Sample.exposure(users[0])])
            try await bench.fold()
            let received = bench.clock.now()
            _ = try await bench.log.append([Sample.event("click", users[0], at: 1)])
            bench.clock.advance(byMilliseconds: 1000 * (10 * Self.day))
            let results = try await bench.experiments.results(of: "hooks")
            #expect(results.asOf == received)
            #expect(results.metrics.first?.openUnits == 1)
            let now = try await counted(bench)
            #expect(now.n == 1 && now.mean == 1)
        }
    }
}
