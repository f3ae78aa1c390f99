import HooklineEvents
import HooklineExperiments
import HooklinePrimitives
import HooklineStorage
import HooklineStorageTestSupport
import Testing

@Suite struct NamedMetricTests {
    private static let watchTime = Metric("watch_time", .sum(of: "watch", property: "seconds"), role: .secondary)

    // MARK: Definitions

    @Test(arguments: TestDatabase.available)
    func keepsEveryVersionAsItWasDefined(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            let made = try await bench.experiments.defineMetric(Self.watchTime, description: "Zeile\nzwei")
            #expect(made.metric == Self.watchTime && made.version == 1 && made.description == "Zeile\nzwei")
            #expect(made.createdAt == bench.clock.now() && made.updatedAt == made.createdAt && made.archivedAt == nil)

            bench.clock.advance(byMilliseconds: 1000)
            let changed = try await bench.experiments.changeMetric("watch_time") { $0.windowMilliseconds = 60_000 }
            #expect(changed.version == 2 && changed.metric.windowMilliseconds == 60_000)
            #expect(changed.createdAt == made.createdAt && changed.updatedAt == bench.clock.now())
            #expect(changed.description == made.description)
            #expect(try await bench.experiments.metric("watch_time") == changed)

            let first = try await bench.experiments.metricVersion(1, of: "watch_time")
            #expect(first.metric == Self.watchTime && first.version == 1 && first.createdAt == made.createdAt)
            let page = try await bench.experiments.metricVersions(of: "watch_time", PageRequest(limit: 1))
            #expect(page.items == [first])
            let rest = try await bench.experiments.metricVersions(of: "watch_time", PageRequest(after: page.next))
            #expect(rest.items.map(\.version) == [2] && rest.items[0].metric == changed.metric && rest.next == nil)
        }
    }

    @Test(arguments: TestDatabase.available)
    func onlyWhatIsMeasuredMakesAVersion(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            let made = try await bench.experiments.defineMetric(Self.watchTime)
            bench.clock.advance(byMilliseconds: 1000)
            #expect(try await bench.experiments.changeMetric("watch_time") { $0.role = .secondary } == made)
            let described = try await bench.experiments.changeMetric("watch_time", description: "new")
            #expect(described.version == 1 && described.description == "new" && described.updatedAt != made.updatedAt)
            #expect(try await bench.experiments.metricVersions(of: "watch_time").items.map(\.description) == ["new"])
        }
    }

    @Test(arguments: TestDatabase.available)
    func refusesWhatIsNoMetricAndChangesNothing(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            let experiments = bench.experiments
            let made = try await experiments.defineMetric(Self.watchTime)
            await #expect(throws: ExperimentError.metricExists("watch_time")) {
                try await experiments.defineMetric(Metric("watch_time", .observation))
            }
            await #expect(throws: ExperimentError.unknownNamedMetric("x")) { try await experiments.metric("x") }
            await #expect(throws: ExperimentError.unknownNamedMetric("x")) { try await experiments.changeMetric("x") }
            await #expect(throws: ExperimentError.unknownNamedMetric("x")) { try await experiments.archiveMetric("x") }
            await #expect(throws: ExperimentError.unknownNamedMetric("x")) {
                try await experiments.metricVersions(of: "x")
            }
            await #expect(throws: ExperimentError.unknownNamedMetric("x")) {
                try await experiments.metricUsages(of: "x")
            }
            await #expect(throws: ExperimentError.unknownMetricVersion("watch_time", 2, latest: 1)) {
                try await experiments.metricVersion(2, of: "watch_time")
            }
            let changes: [(String, @Sendable (inout Metric) -> Void)] = [
                ("window_seconds", { $0.windowMilliseconds = -1 }), ("margin", { $0.margin = 0.1 }),
                ("name", { $0 = Metric("other", .observation) }),
            ]
            for (field, change) in changes {
                let error = await #expect(throws: ExperimentError.self) {
                    try await experiments.changeMetric("watch_time", change)
                }
                #expect(error.map { "\($0)".contains("\"\(field)\"") } == true)
            }
            await #expect(throws: ExperimentError.self) {
                try await experiments.defineMetric(
                    Metric("long", .observation),
                    description: String(repeating: "x", count: 8193)
                )
            }
            #expect(try await experiments.metrics().items == [made])
        }
    }

    @Test(arguments: TestDatabase.available)
    func listsByPageInTheOrderOfBytes(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            for id in ["b", "a", "Z", "ä"] as [Identifier] {
                _ = try await bench.experiments.defineMetric(Metric(id, .observation))
            }
            _ = try await bench.experiments.archiveMetric("a")
            var seen: [Identifier] = []
            var cursor: String?
            repeat {
                let page = try await bench.experiments.metrics(PageRequest(after: cursor, limit: 3))
                seen += page.items.map(\.id)
                cursor = page.next
            } while cursor != nil
            #expect(seen == ["Z", "a", "b", "ä"])
            #expect(try await bench.experiments.metrics(isArchived: true).items.map(\.id) == ["a"])
            #expect(try await bench.experiments.metrics(isArchived: false).items.map(\.id) == ["Z", "b", "ä"])
        }
    }

    @Test(arguments: TestDatabase.available)
    func oneOfSeveralDefinitionsWins(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            let made = try await withThrowingTaskGroup(of: MetricDefinition?.self) { group in
                for window in 1...8 as ClosedRange<Int64> {
                    group.addTask {
                        var metric = Self.watchTime
                        metric.windowMilliseconds = window
                        do {
                            return try await bench.experiments.defineMetric(metric)
                        } catch ExperimentError.metricExists {
                            return nil
                        }
                    }
                }
                return try await group.reduce(into: [MetricDefinition]()) { made, definition in
                    if let definition { made.append(definition) }
                }
            }
            #expect(made.count == 1)
            #expect(try await bench.experiments.metric("watch_time") == made.first)
            #expect(try await bench.experiments.metricVersions(of: "watch_time").items.count == 1)
        }
    }

    @Test(arguments: TestDatabase.available)
    func concurrentChangesAreAllMade(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            _ = try await bench.experiments.defineMetric(Metric("m", .count(of: "click")))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 1...8 {
                    group.addTask {
                        _ = try await bench.experiments.changeMetric("m") { $0.delayMilliseconds += 1000 }
                    }
                }
                try await group.waitForAll()
            }
            let definition = try await bench.experiments.metric("m")
            #expect(definition.version == 9 && definition.metric.delayMilliseconds == 8000)
        }
    }

    // MARK: Uses

    @Test(arguments: TestDatabase.available)
    func anExperimentGoesOnWithTheVersionThatItHasTaken(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            let experiments = bench.experiments
            _ = try await experiments.defineMetric(Self.watchTime)
            let uses: [MetricChoice] = [.metric(Metric("rating", .observation)), .use(MetricUse("watch_time"))]
            _ = try await experiments.create(.sample(), comparing: uses)
            _ = try await experiments.start("hooks")
            let user = try ExperimentDefinition.sample().users("control", 1)[0]
            _ = try await bench.log.append([
                Sample.exposure(user), Sample.event("watch", user, at: 90, ["seconds": 5]),
            ])

            _ = try await experiments.changeMetric("watch_time") { $0.windowMilliseconds = 60_000 }
            let running = try await experiments.get("hooks")
            var taken = Self.watchTime
            taken.source = Metric.Source(id: "watch_time", version: 1)
            #expect(running.definition.metrics == [Metric("rating", .observation), taken] && running.version == 1)
            let control = try #require(try await bench.results("hooks", "watch_time").metrics.first?.control)
            #expect(control.n == 1 && control.mean == 5)

            _ = try await experiments.create(.sample("later"), comparing: uses)
            let later = try await experiments.get("later").definition.metrics[1]
            #expect(later.windowMilliseconds == 60_000 && later.source?.version == 2)

            // Taken anew, the running one measures what is defined now, from now on.
            var change = ExperimentChange()
            change.metrics = uses
            let changed = try await experiments.change("hooks", change)
            #expect(changed.version == 2 && changed.definition.metrics[1].source?.version == 2)
            #expect(try await experiments.change("hooks", change).version == 2)
            #expect(
                try await experiments.metricUsages(of: "watch_time").items.map {
                    "\($0.experiment) \($0.experimentVersion) \($0.metric) \($0.metricVersion)"
                } == ["hooks 1 watch_time 1", "hooks 2 watch_time 2", "later 1 watch_time 2"]
            )
        }
    }

    @Test(arguments: TestDatabase.available)
    func aUseChangesTheNameAndTheJudgementOnly(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            var guardrail = Self.watchTime
            (guardrail.role, guardrail.margin) = (.guardrail, 0.05)
            _ = try await bench.experiments.defineMetric(guardrail)
            _ = try await bench.experiments.changeMetric("watch_time") { $0.windowMilliseconds = 60_000 }
            let choices: [MetricChoice] = [
                .use(MetricUse("watch_time")), .use(MetricUse("watch_time", version: 1, name: "before", margin: 0.1)),
                .use(MetricUse("watch_time", name: "goal", role: .goal, direction: .decrease)),
            ]
            let metrics = try await bench.experiments.create(.sample(), comparing: choices).definition.metrics
            #expect(metrics.map(\.name) == ["watch_time", "before", "goal"])
            #expect(metrics.map(\.margin) == [0.05, 0.1, nil])
            #expect(metrics.map(\.role) == [.guardrail, .guardrail, .goal])
            #expect(metrics.map(\.direction) == [.increase, .increase, .decrease])
            #expect(metrics.map(\.windowMilliseconds) == [60_000, nil, 60_000])
            #expect(metrics.compactMap(\.source?.version) == [2, 1, 2])
            #expect(metrics.allSatisfy { $0.measurement == Self.watchTime.measurement })
        }
    }

    @Test(arguments: TestDatabase.available)
    func whatIsArchivedIsNotTakenAnewAndStaysInUse(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            let experiments = bench.experiments
            _ = try await experiments.defineMetric(Self.watchTime)
            let uses: [MetricChoice] = [.use(MetricUse("watch_time"))]
            let before = try await experiments.create(.sample(), comparing: uses)
            _ = try await experiments.changeMetric("watch_time") { $0.windowMilliseconds = 60_000 }
            bench.clock.advance(byMilliseconds: 1000)
            let archived = try await experiments.archiveMetric("watch_time")
            #expect(archived.archivedAt == bench.clock.now() && archived.version == 2)
            bench.clock.advance(byMilliseconds: 1000)
            #expect(try await experiments.archiveMetric("watch_time") == archived)

            let refused = ExperimentError.invalid(
                field: "metrics[0].use",
                problem: "'watch_time' is archived; accepted is one that is not, or that the experiment uses already"
            )
            await #expect(throws: refused) { try await experiments.create(.sample("new"), comparing: uses) }
            await #expect(throws: ExperimentError.unknownExperiment("new")) { try await experiments.get("new") }
            var change = ExperimentChange()
            change.metrics = [.use(MetricUse("watch_time", version: 2))]
            await #expect(throws: refused) { try await experiments.change("hooks", change) }
            // In the version that it has.
            change.metrics = uses + [.metric(Metric("rating", .observation))]
            let changed = try await experiments.change("hooks", change)
            #expect(changed.definition.metrics[0] == before.definition.metrics[0])
            await #expect(throws: ExperimentError.archivedMetric("watch_time")) {
                try await experiments.changeMetric("watch_time", description: "x")
            }
            #expect(try await experiments.restoreMetric("watch_time").archivedAt == nil)
            let taken = try await experiments.create(.sample("new"), comparing: uses).definition.metrics[0]
            #expect(taken.source?.version == 2)
        }
    }

    /// What is wrong with the second metric of an experiment, and the field that is named.
    private static let bad: [(MetricChoice, String)] = [
        (.use(MetricUse("nope")), "metrics[1].use"), (.use(MetricUse("watch_time", version: 3)), "metrics[1].version"),
        (.use(MetricUse("watch_time", margin: 0.1)), "metrics[1].margin"),
        (.use(MetricUse("watch_time", name: "rating")), "metrics[1].name"),
    ]

    @Test(arguments: TestDatabase.available)
    func namesTheFieldOfABadUse(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            _ = try await bench.experiments.defineMetric(Self.watchTime)
            for (choice, named) in Self.bad {
                do {
                    let metrics = [.metric(Metric("rating", .observation)), choice]
                    _ = try await bench.experiments.create(.sample(), comparing: metrics)
                    Issue.record("\(named) was accepted")
                } catch ExperimentError.invalid(let field, _) {
                    #expect(field == named)
                }
            }
            #expect(try await bench.experiments.metricUsages(of: "watch_time").items.isEmpty)
            #expect(try await bench.experiments.list().items.isEmpty)
        }
    }

    @Test(arguments: TestDatabase.available)
    func usagesFollowTheDraftAndComeByPage(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            let experiments = bench.experiments
            _ = try await experiments.defineMetric(Self.watchTime)
            let twice: [MetricChoice] = [
                .use(MetricUse("watch_time")), .use(MetricUse("watch_time", name: "again, \"quoted\"")),
            ]
            for id in ["b", "a", "dropped"] as [Identifier] {
                _ = try await experiments.create(.sample(id), comparing: twice)
            }
            var change = ExperimentChange()
            change.metrics = []
            _ = try await experiments.change("dropped", change)
            var seen: [String] = []
            var cursor: String?
            repeat {
                let page = try await experiments.metricUsages(of: "watch_time", PageRequest(after: cursor, limit: 1))
                seen += page.items.map { "\($0.experiment) \($0.metric)" }
                cursor = page.next
            } while cursor != nil
            #expect(seen == ["a again, \"quoted\"", "a watch_time", "b again, \"quoted\"", "b watch_time"])
            for cursor in ["x", "[]", "[1, 2, 3]"] {
                await #expect(throws: ExperimentError.self) {
                    try await experiments.metricUsages(of: "watch_time", PageRequest(after: cursor))
                }
            }
        }
    }

    @Test(arguments: TestDatabase.available)
    func oneThatIsAddedLaterIsTakenAndNoted(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            let experiments = bench.experiments
            _ = try await experiments.defineMetric(Self.watchTime)
            _ = try await experiments.create(.sample())
            _ = try await experiments.start("hooks")
            let added = try await experiments.addMetric(.use(MetricUse("watch_time", name: "added")), to: "hooks")
            let source = Metric.Source(id: "watch_time", version: 1)
            #expect(added.version == 1 && added.added.map(\.metric.source) == [source])
            #expect(try await experiments.get("hooks").added.map(\.metric.name) == ["added"])
            #expect(try await experiments.metricUsages(of: "watch_time").items.map(\.metric) == ["added"])
            for (use, named) in [(MetricUse("nope"), "use"), (MetricUse("watch_time", version: 2), "version")] {
                do {
                    _ = try await experiments.addMetric(.use(use), to: "hooks")
                    Issue.record("\(named) was accepted")
                } catch ExperimentError.invalid(let field, _) {
                    #expect(field == named)
                }
            }
            // It is part of the next version, and still the same use.
            _ = try await experiments.archiveMetric("watch_time")
            var change = ExperimentChange()
            change.metrics = [.use(MetricUse("watch_time", name: "added"))]
            let changed = try await experiments.change("hooks", change)
            #expect(changed.version == 2 && changed.definition.metrics.map(\.name) == ["added"])
            #expect(try await experiments.metricUsages(of: "watch_time").items.map(\.experimentVersion) == [1, 2])
        }
    }

    // MARK: Reading

    @Test func theSourceIsReadOnlyOfWhatIsKept() throws {
        let json = #"{"name": "m", "kind": "count", "event": "e", "source": {"id": "watch_time", "version": 1}}"#
        let field = JSONField(try JSON.parse(json), path: "metrics[0]")
        let error = #expect(throws: FieldError.self) { try MetricReader.choice(field) }
        #expect(error?.field == "metrics[0].source")
        #expect(throws: FieldError.self) { try MetricReader.metric(field) }
    }

    @Test func readsAUse() throws {
        func choice(_ json: String) throws -> MetricChoice { try MetricReader.choice(JSONField(JSON.parse(json))) }
        let full = """
            {"use": "w", "version": 2, "name": "n", "role": "guardrail", "direction": "decrease", "margin": 0.02}
            """
        let use = MetricUse("w", version: 2, name: "n", role: .guardrail, direction: .decrease, margin: 0.02)
        #expect(try choice(full) == .use(use))
        #expect(try choice(#"{"use": "w", "version": null}"#) == .use(MetricUse("w")))
        #expect(try choice(#""rating""#) == .metric(Metric("rating", .observation)))
        for bad in [
            #"{"use": null}"#, #"{"use": ""}"#, #"{"use": 1}"#, #"{"use": "w", "kind": "count"}"#,
            #"{"use": "w", "version": 0}"#, #"{"use": "w", "version": 1.5}"#, #"{"use": "w", "source": {}}"#,
        ] {
            #expect(throws: FieldError.self) { try choice(bad) }
        }
    }
}
