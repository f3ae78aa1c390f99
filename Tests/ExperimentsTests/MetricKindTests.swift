import HooklineEvents
import HooklineExperiments
import HooklinePrimitives
import HooklineStorageTestSupport
import Testing

/// What each kind of metric makes of the events of a few users.
@Suite struct MetricKindTests {
    private func begin(_ bench: Bench, _ metrics: [Metric], dimensions: [Identifier] = []) async throws
        -> ExperimentDefinition
    {
        let definition = try ExperimentDefinition.sample(metrics: metrics, dimensions: dimensions)
        _ = try await bench.experiments.create(definition)
        _ = try await bench.experiments.start("hooks")
        return definition
    }

    private func question(_ results: ExperimentResults, _ metric: Identifier) -> VariantResult? {
        results.metrics.first { $0.name == metric }?.variants.first { $0.variant == "question" }
    }

    @Test(arguments: TestDatabase.available)
    func aRatioIsTheTotalOverTheTotal(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            let metric = Metric("rate", .ratio(EventTotal("comment"), EventTotal("view", property: "n", cap: 10)))
            let users = try await begin(bench, [metric]).users("question", 3)
            _ = try await bench.log.append(users.map { Sample.exposure($0) })
            _ = try await bench.log.append([
                Sample.event("comment", users[0], at: 1), Sample.event("comment", users[0], at: 2),
                Sample.event("view", users[0], at: 3, ["n": 4]), Sample.event("view", users[1], at: 3, ["n": 25]),
                Sample.event("comment", users[2], at: 3),
            ])
            let results = try await bench.results("hooks")
            let arm = try #require(question(results, "rate"))
            // Three comments over 4, 10 (capped) and 0 views.
            #expect(arm.n == 3 && arm.mean == 3.0 / 14)
        }
    }

    @Test(arguments: TestDatabase.available)
    func aFilterTakesEventsByTheirProperties(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            let filter = try JSONFilter(text: #"{"device": "phone", "seconds": {"$gte": 10}}"#)
            let watch = EventSelection("watch", where: filter)
            let metrics = [
                Metric("watched", .proportion(of: watch)), Metric("seconds", .sum(of: watch, property: "seconds")),
            ]
            let users = try await begin(bench, metrics).users("question", 2)
            _ = try await bench.log.append([
                Sample.exposure(users[0]), Sample.exposure(users[1]),
                Sample.event("watch", users[0], at: 1, ["device": "phone", "seconds": 12]),
                Sample.event("watch", users[0], at: 2, ["device": "phone", "seconds": 9]),
                Sample.event("watch", users[1], at: 1, ["device": "tv", "seconds": 40]),
                Sample.event("watch", users[1], at: 1),
            ])
            let results = try await bench.results("hooks")
            #expect(question(results, "watched")?.mean == 0.5)
            #expect(question(results, "seconds")?.mean == 6)
        }
    }

    @Test(arguments: TestDatabase.available)
    func retentionCountsTheDaysAfterTheExposure(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            let metric = Metric("back", .retention(of: "view", fromDay: 1, untilDay: 3))
            let users = try await begin(bench, [metric]).users("question", 4)
            let day: Int64 = 86_400
            _ = try await bench.log.append(users.map { Sample.exposure($0, at: 100) })
            _ = try await bench.log.append([
                Sample.event("view", users[0], at: 100 + day - 1), Sample.event("view", users[1], at: 100 + day),
                Sample.event("view", users[2], at: 100 + 3 * day - 1),
                Sample.event("view", users[3], at: 100 + 3 * day),
            ])
            #expect(question(try await bench.results("hooks"), "back")?.mean == 0.5)
        }
    }

    @Test(arguments: TestDatabase.available)
    func aFunnelAsksForItsStepsInTheOrderOfTime(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            let steps: [EventSelection] = ["view", "cart", "buy"]
            let metrics = [
                Metric("bought", .funnel(steps, base: .exposed)),
                Metric("bought_of_carts", .funnel(steps, base: .previousStep)),
            ]
            let users = try await begin(bench, metrics).users("question", 4)
            _ = try await bench.log.append(users.map { Sample.exposure($0) })
            _ = try await bench.log.append([
                // In order; in the wrong order; as it came in late, in order after all; only two steps.
                Sample.event("view", users[0], at: 1), Sample.event("cart", users[0], at: 1),
                Sample.event("buy", users[0], at: 2),
                Sample.event("buy", users[1], at: 1), Sample.event("cart", users[1], at: 2),
                Sample.event("view", users[1], at: 3),
                Sample.event("cart", users[2], at: 5), Sample.event("buy", users[2], at: 9),
            ])
            try await bench.fold(batchSize: 1)
            _ = try await bench.log.append([
                Sample.event("view", users[2], at: 4), Sample.event("view", users[3], at: 1),
                Sample.event("cart", users[3], at: 2),
            ])
            let results = try await bench.results("hooks")
            #expect(question(results, "bought")?.mean == 0.5)
            #expect(question(results, "bought_of_carts")?.mean == 2.0 / 3)
        }
    }

    @Test(arguments: TestDatabase.available)
    func quantilesAreOfEventsOrOfUnits(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            let metrics = [
                Metric("p90", .eventQuantile(0.9, of: "load", property: "ms")),
                Metric("half", .unitQuantile(0.5, of: EventTotal("load"), ignoringZeros: false)),
                Metric("half_of_active", .unitQuantile(0.5, of: EventTotal("load"), ignoringZeros: true)),
            ]
            let users = try await begin(bench, metrics).users("question", 60)
            _ = try await bench.log.append(users.map { Sample.exposure($0) })
            var events: [EngagementEvent] = []
            for (index, user) in users.prefix(40).enumerated() {
                for event in 0...(index % 5) {
                    events.append(Sample.event("load", user, at: 5, ["ms": .number(Double(index * 10 + event + 1))]))
                }
            }
            _ = try await bench.log.append(events)
            let results = try await bench.results("hooks")
            let values = (0..<40).flatMap { index in (0...(index % 5)).map { Double(index * 10 + $0 + 1) } }.sorted()
            let p90 = try #require(question(results, "p90"))
            #expect(p90.n == Int64(values.count))
            #expect(abs((p90.mean ?? 0) / values[Int(0.9 * Double(values.count))] - 1) < 0.02)
            #expect(p90.independentUnits > 30 && p90.independentUnits <= 40)
            // 20 of 60 have none; the rest have 1 to 5, eight users each.
            #expect(abs((question(results, "half")?.mean ?? 0) - 2) < 0.02)
            #expect(abs((question(results, "half_of_active")?.mean ?? 0) - 3) < 0.03)
            #expect(question(results, "half_of_active")?.n == 40)
        }
    }

    @Test(arguments: TestDatabase.available)
    func aCapIsAValueOrAPercentileOfAllUnits(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            let metrics = [
                Metric("at_five", .count(of: "click"), cap: .value(5)),
                Metric("at_half", .count(of: "click"), cap: .percentile(0.5)),
            ]
            let definition = try await begin(bench, metrics)
            let (control, question) = (definition.users("control", 2), definition.users("question", 2))
            for (index, user) in (control + question).enumerated() {
                _ = try await bench.log.append([Sample.exposure(user)])
                // 2, 4, 6 and 8 clicks.
                _ = try await bench.log.append((0..<2 * (index + 1)).map { Sample.event("click", user, at: Int64($0)) })
            }
            let results = try await bench.results("hooks")
            #expect(results.metrics[0].variants.map(\.mean) == [3, 5])
            // Half of all four have up to 4: the upper edge of the bin of 4 is 4.03125.
            #expect(results.metrics[1].capValue == 4.03125)
            #expect(results.metrics[1].variants.map(\.mean) == [3, 4.03125])
        }
    }

    @Test(arguments: TestDatabase.available)
    func aCapWithoutANumberToTakeThePercentileOfCapsNothing(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            let metric = Metric("clicks", .count(of: "click"), cap: .percentile(0.9, ignoringZeros: true))
            let users = try await begin(bench, [metric]).users("question", 3)
            _ = try await bench.log.append(users.map { Sample.exposure($0) })
            let result = try #require(try await bench.results("hooks").metrics.first)
            #expect(result.capValue == nil && result.variants[1].n == 3 && result.variants[1].mean == 0)
        }
    }

    @Test(arguments: TestDatabase.available)
    func aCovariateIsWhatCameBeforeTheExposure(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            let covariate = Metric.Covariate(lookBackMilliseconds: 1_000_000)
            let metric = Metric("clicks", .count(of: "click"), covariate: covariate)
            let definition = try ExperimentDefinition.sample(metrics: [metric])
            let (control, question) = (definition.users("control", 20), definition.users("question", 20))
            let users = control + question
            // What was before the experiment began counts as the past, from the look-back's start to the exposure.
            _ = try await bench.log.append(
                users.enumerated().flatMap { index, user in
                    (0..<index % 7).map { Sample.event("click", user, at: -900 + Int64($0)) }
                        + [Sample.event("click", user, at: -1001)]
                }
            )
            _ = try await bench.experiments.create(definition)
            _ = try await bench.experiments.start("hooks")
            _ = try await bench.log.append(users.map { Sample.exposure($0) })
            try await bench.fold(batchSize: 7)
            // Each clicks as often as before, once more in the treatment; and one click of the past comes in late.
            _ = try await bench.log.append(
                users.enumerated().flatMap { index, user in
                    (0..<index % 7 + (index < 20 ? 1 : 2)).map { Sample.event("click", user, at: Int64($0)) }
                        + [Sample.event("click", user, at: -500)]
                }
            )
            let result = try #require(try await bench.results("hooks").metrics.first)
            #expect(abs((result.theta ?? 0) - 1) < 1e-12)
            let treatment = try #require(result.treatments.first)
            #expect(abs((treatment.varianceReduction ?? 0) - 1) < 1e-9)
            let adjusted = try #require(treatment.adjustedMean)
            let adjustedControl = try #require(result.control?.adjustedMean)
            #expect(abs(adjusted - adjustedControl - 1) < 1e-12)
            #expect(treatment.mean != adjusted)
        }
    }

    @Test(arguments: TestDatabase.available)
    func dimensionsAreThoseOfTheFirstExposure(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            let metric = Metric("clicks", .count(of: "click"))
            let users = try await begin(bench, [metric], dimensions: ["country", "tier"]).users("question", 4)
            _ = try await bench.log.append([
                Sample.exposure(users[0], at: 5, ["country": "at", "tier": 2]),
                Sample.exposure(users[1], at: 5, ["country": "at"]), Sample.exposure(users[2], at: 5, ["tier": true]),
                Sample.exposure(users[3], at: 5, ["country": "de"]), Sample.event("click", users[0], at: 6),
            ])
            try await bench.fold(batchSize: 2)
            // A later exposure does not move a unit, an earlier one does.
            _ = try await bench.log.append([
                Sample.exposure(users[0], at: 9, ["country": "de"]),
                Sample.exposure(users[1], at: 2, ["country": "de"]),
            ])
            func slices(_ dimension: Identifier) async throws -> [String: Int64] {
                let result = try #require(
                    try await bench.results("hooks", "clicks", dimension: dimension).metrics.first
                )
                var counts: [String: Int64] = [:]
                for slice in result.slices {
                    let n = try #require(slice.variants.first { $0.variant == "question" }?.n)
                    if n > 0 { counts[slice.value ?? "-"] = n }
                }
                #expect(result.variants.map(\.n) == [0, 4])
                return counts
            }
            let (countries, tiers) = (try await slices("country"), try await slices("tier"))
            #expect(countries == ["at": 1, "de": 2, "-": 1])
            #expect(tiers == ["2": 1, "true": 1, "-": 2])
            await #expect(throws: ExperimentError.self) {
                try await bench.experiments.results(of: "hooks", ResultsRequest(dimension: "planet"))
            }
        }
    }

    @Test(arguments: TestDatabase.available)
    func aDimensionHasSoManyValuesAndThenOthers(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            let metric = Metric("clicks", .count(of: "click"))
            let users = try await begin(bench, [metric], dimensions: ["city"]).users("question", 55)
            for (index, user) in users.enumerated() {
                _ = try await bench.log.append([Sample.exposure(user, ["city": .string("c\(index)")])])
            }
            let result = try #require(try await bench.results("hooks", "clicks", dimension: "city").metrics.first)
            #expect(result.slices.count == 51)
            let other = try #require(result.slices.first { $0.isOther })
            #expect(other.value == nil && other.variants[1].n == 5)
        }
    }
}
