import HooklineEvents
import HooklineExperiments
import HooklinePrimitives
import HooklineStorage
import HooklineStorageTestSupport
import Testing

/// What experiments need of the log stays in it, and what becomes of them when it goes.
@Suite struct RetentionTests {
    private static let day: Int64 = 86_400
    private static let clicks = Metric("clicks", .count(of: "click"))
    private static let watched = Metric(
        "watched",
        .count(of: "watch"),
        covariate: Metric.Covariate(lookBackMilliseconds: 2 * day * 1000)
    )

    /// Lets so many days pass since the test's start.
    private func turn(_ bench: Bench, toDay day: Int64) {
        bench.clock.set(to: Sample.start.advanced(byMilliseconds: day * Self.day * 1000))
    }

    private func begin(_ bench: Bench, _ metrics: [Metric], unit: ExperimentUnit = .user) async throws {
        _ = try await bench.experiments.create(try ExperimentDefinition.sample(metrics: metrics, unit: unit))
        _ = try await bench.experiments.start("hooks")
    }

    // MARK: The head

    @Test(arguments: TestDatabase.available)
    func whatComesAfterForgettingTheLastEventIsFolded(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            try await begin(bench, [Self.clicks])
            _ = try await bench.log.append([Sample.exposure("u1"), Sample.exposure("u2")])
            try await bench.fold()
            #expect(try await bench.experiments.forget("u2").isComplete)
            _ = try await bench.log.append([Sample.event("click", "u1", at: 1)])
            let result = try #require(try await bench.results("hooks", "clicks").metrics.first)
            #expect(result.countedEvents == 1)
            #expect(try await bench.experiments.recount("hooks").differences.isEmpty)
        }
    }

    @Test(arguments: TestDatabase.available)
    func aMetricCanBeAddedAfterTheFirstEventWasForgotten(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            try await begin(bench, [])
            _ = try await bench.log.append([Sample.exposure("u1"), Sample.exposure("u2")])
            _ = try await bench.log.append([Sample.event("click", "u2", at: 1)])
            try await bench.fold()
            _ = try await bench.experiments.forget("u1")
            _ = try await bench.experiments.addMetric(Self.clicks, to: "hooks")
            try await bench.build()
            #expect(try await bench.results("hooks", "clicks").metrics.first?.countedEvents == 1)
        }
    }

    // MARK: What is under way

    /// The same is folded as if nothing had ever been removed, whatever comes late and is added late.
    @Test(arguments: TestDatabase.available)
    func whatRunsIsExactWhateverIsRemoved(_ test: TestDatabase) async throws {
        var rows: [[String]] = []
        for removes in [false, true] {
            try await test.withBench { bench in
                for day in [0, 7, 9] {
                    turn(bench, toDay: Int64(day))
                    _ = try await bench.log.append(
                        ["u1", "u2"].map { Sample.event("watch", $0, at: Int64(day) * Self.day) }
                    )
                }
                turn(bench, toDay: 10)
                try await begin(bench, [Self.watched])
                let now = 10 * Self.day
                _ = try await bench.log.append([
                    Sample.exposure("u1", at: now + 60), Sample.event("click", "u2", at: now + 90),
                    Sample.event("watch", "u1", at: now + 120),
                ])
                try await bench.fold()
                turn(bench, toDay: 100)
                if removes {
                    try await bench.removeEvents(olderThanDays: 20)
                    // Of what is old only what lies before the look-back has gone.
                    #expect(try await bench.positions() == [5, 6, 7, 8, 9])
                }
                // A late exposure, an earlier first one, and a metric that is added.
                _ = try await bench.log.append([
                    Sample.exposure("u2", at: now + 30), Sample.exposure("u1", at: now + 10),
                ])
                _ = try await bench.experiments.addMetric(Self.clicks, to: "hooks")
                try await bench.fold()
                try await bench.build()
                #expect(try await bench.experiments.recount("hooks").differences.isEmpty)
                rows.append(try await bench.foldedRows())
            }
        }
        #expect(rows[0] == rows[1])
    }

    @Test(arguments: TestDatabase.available)
    func whatHasEndedIsNeededUntilItIsFoldedAndBuilt(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            try await begin(bench, [])
            _ = try await bench.log.append([Sample.exposure("u1")])
            try await bench.fold()
            _ = try await bench.log.append([Sample.event("click", "u1", at: 1)])
            _ = try await bench.experiments.conclude("hooks")
            turn(bench, toDay: 50)
            try await bench.removeEvents(olderThanDays: 20)
            #expect(try await bench.positions() == [1, 2])
            try await bench.fold()
            _ = try await bench.experiments.addMetric(Self.clicks, to: "hooks")
            try await bench.removeEvents(olderThanDays: 20)
            #expect(try await bench.positions() == [1, 2])
            try await bench.build()
            try await bench.removeEvents(olderThanDays: 20)
            #expect(try await bench.positions().isEmpty)
            let results = try await bench.results("hooks", "clicks")
            #expect(results.isFinal && results.metrics.first?.countedEvents == 1)
        }
    }

    @Test(arguments: TestDatabase.available)
    func anotherMetricThatLooksBackFurtherIsRefused(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            _ = try await bench.log.append([Sample.event("watch", "u1")])
            try await bench.fold()
            turn(bench, toDay: 30)
            try await begin(bench, [])
            try await bench.removeEvents(olderThanDays: 20)
            #expect(try await bench.positions().isEmpty)
            var further = Self.watched
            further.covariate?.lookBackMilliseconds = 30 * Self.day * 1000
            await #expect(throws: ExperimentError.logTooShort("watched")) {
                try await bench.experiments.addMetric(further, to: "hooks")
            }
            _ = try await bench.experiments.addMetric(Self.watched, to: "hooks")
        }
    }

    /// An exposure that is dated before the start looks back further than the experiment is known to need.
    @Test(arguments: TestDatabase.available)
    func aRecountIsRefusedWhereAnExposureLookedBackOnWhatIsGone(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            _ = try await bench.log.append([Sample.event("watch", "u1")])
            turn(bench, toDay: 10)
            try await begin(bench, [Self.watched])
            _ = try await bench.log.append([Sample.exposure("u1", at: Self.day)])
            try await bench.fold()
            turn(bench, toDay: 40)
            #expect(try await bench.experiments.recount("hooks").differences.isEmpty)
            try await bench.removeEvents(olderThanDays: 20)
            #expect(try await bench.positions() == [2])
            await #expect(throws: ExperimentError.logTooShortToRecount("hooks")) {
                try await bench.experiments.recount("hooks")
            }
        }
    }

    // MARK: What is over

    private func conclude(_ bench: Bench) async throws {
        try await bench.fold()
        _ = try await bench.experiments.conclude("hooks")
        turn(bench, toDay: 50)
        try await bench.removeEvents(olderThanDays: 20)
    }

    @Test(arguments: TestDatabase.available)
    func whatIsOverIsNotCountedAgain(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            try await begin(bench, [Self.clicks])
            _ = try await bench.log.append([Sample.exposure("u1"), Sample.event("click", "u1", at: 1)])
            try await conclude(bench)
            #expect(try await bench.positions().isEmpty)
            await #expect(throws: ExperimentError.logTooShortToRecount("hooks")) {
                try await bench.experiments.recount("hooks")
            }
            await #expect(throws: ExperimentError.logTooShort("more")) {
                try await bench.experiments.addMetric(Metric("more", .count(of: "click")), to: "hooks")
            }
            #expect(try await bench.results("hooks", "clicks").metrics.first?.countedEvents == 1)
        }
    }

    /// All of the user's events are gone, but for one of which the log still knows.
    @Test(arguments: TestDatabase.available)
    func aUnitThatIsTheUserGoesOutWhole(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            try await begin(bench, [Self.clicks])
            for user in ["u1", "u2"] as [Identifier] {
                _ = try await bench.log.append([Sample.exposure(user), Sample.event("click", user, at: 1)])
                try await bench.experiments.track("rating", 3, variant: "control", user: user, in: "hooks")
                try await bench.experiments.track("rating", 4, variant: "control", user: user, in: "hooks")
            }
            turn(bench, toDay: 40)
            _ = try await bench.log.append([Sample.event("click", "u1", at: 40 * Self.day)])
            try await conclude(bench)
            #expect(try await bench.positions() == [9])
            let forgotten = try await bench.experiments.forget("u1")
            #expect(forgotten.events == 1 && forgotten.units == 1 && forgotten.isComplete)
            let results = try await bench.results("hooks")
            #expect(results.sampleRatio.arms.reduce(0) { $0 + $1.observed } == 1)
            #expect(results.metrics.first { $0.metric.name == "clicks" }?.countedEvents == 1)
            // Observations have left the name behind them.
            let rows = try await bench.foldedRows().filter { $0.contains("u1") }
            #expect(rows.isEmpty)
            let rating = try #require(results.metrics.first { $0.metric.name == "rating" })
            #expect(rating.variants.first?.n == 4)
            let again = try await bench.experiments.forget("u1")
            #expect(again.events == 0 && again.units == 0 && again.isComplete)
        }
    }

    @Test(arguments: TestDatabase.available)
    func unitsOfAnotherKindStayAsTheyAre(_ test: TestDatabase) async throws {
        for unit in [ExperimentUnit.content, .attribute("device")] {
            try await test.withBench { bench in
                try await begin(bench, [Self.clicks], unit: unit)
                let about: JSON = ["experiment_id": "hooks", "device": "d1"]
                _ = try await bench.log.append([
                    Sample.event("exposure", "u1", content: "c1", about),
                    Sample.event("click", "u1", at: 1, content: "c1", about),
                ])
                turn(bench, toDay: 40)
                let late = Sample.event("click", "u1", at: 40 * Self.day, content: "c1", about)
                _ = try await bench.log.append([late])
                try await conclude(bench)
                #expect(try await bench.positions() == [3])
                let attributes = "SELECT position FROM hookline_experiment_attributes"
                let kept = try await bench.database.read { try $0.rows(Statement(sql: attributes)).count }
                #expect(kept == (unit == .content ? 0 : 1))
                let before = try await bench.foldedRows()
                let forgotten = try await bench.experiments.forget("u1")
                #expect(forgotten.events == 1 && forgotten.units == 0 && forgotten.isComplete)
                #expect(try await bench.foldedRows() == before)
            }
        }
    }
}
