import HooklineEvents
import HooklineExperiments
import HooklinePrimitives
import HooklineStatistics
import HooklineStorage
import HooklineStorageTestSupport
import Testing

/// Warnings about numbers that should not be taken as they stand.
@Suite struct TrustTests {
    private static let day: Int64 = 86_400

    /// So many units of each variant at a second, of whom a share clicks.
    private func units(
        _ definition: ExperimentDefinition,
        _ variant: Identifier,
        _ range: Range<Int>,
        clicks share: Double,
        at second: Int64
    ) -> [EngagementEvent] {
        definition.users(variant, range.upperBound)[range].enumerated().flatMap { index, user in
            [Sample.exposure(user, at: second)]
                + ((Double(index) + 0.5).truncatingRemainder(dividingBy: 100) < 100 * share
                    ? [Sample.event("click", user, at: second + 60)] : [])
        }
    }

    @Test(arguments: TestDatabase.available)
    func anEffectOnTheFirstOnlyIsCalledANovelty(_ engine: TestDatabase) async throws {
        try await engine.withBench { bench in
            let definition = try ExperimentDefinition.sample(
                metrics: [Metric("clicked", .proportion(of: "click"), windowMilliseconds: Self.day * 1000)]
            )
            _ = try await bench.experiments.create(definition)
            _ = try await bench.experiments.start("hooks")
            // A week in which the question does well, and one in which it does not.
            for (week, share) in [(0, 0.4), (1, 0.1)] {
                let range = week * 300..<(week + 1) * 300
                let second = Int64(week) * 8 * Self.day + 3600
                _ = try await bench.log.append(
                    units(definition, "control", range, clicks: 0.1, at: second)
                        + units(definition, "question", range, clicks: share, at: second)
                )
            }
            // While the first week lasts, there are none to compare with.
            var results = try await bench.results("hooks")
            #expect(results.metrics[0].treatments[0].novelty == nil)

            bench.clock.advance(byMilliseconds: 12 * Self.day * 1000)
            results = try await bench.results("hooks", includesOpen: false)
            let novelty = try #require(results.metrics[0].treatments[0].novelty)
            #expect(abs(novelty.early - 0.3) < 1e-12 && abs(novelty.later) < 1e-12)
            let warning = try #require(results.trustWarnings.first)
            #expect(warning.kind == .novelty && warning.metric == "clicked" && warning.variant == "question")
            #expect(warning.text.contains("by 0.3 for those who saw it in the first 7 days, and by 0.0 for"))
            #expect(try await bench.experiments.recount("hooks").differences.isEmpty)
        }
    }

    @Test func earlyUnitsAreThoseOfTheVersion() async throws {
        try await TestDatabase.available[0].withBench { bench in
            let definition = try ExperimentDefinition.sample(metrics: [Metric("clicked", .proportion(of: "click"))])
            _ = try await bench.experiments.create(definition)
            bench.clock.advance(byMilliseconds: 30 * Self.day * 1000)
            _ = try await bench.experiments.start("hooks")
            let users = definition.users("control", 3)
            // The last moment that is early, and the first that is not.
            _ = try await bench.log.append([
                Sample.exposure(users[0], at: 30 * Self.day), Sample.exposure(users[1], at: 37 * Self.day - 1),
                Sample.exposure(users[2], at: 37 * Self.day),
            ])
            try await bench.fold()
            let slices = try await bench.database.read { transaction in
                try transaction.rows("SELECT slice FROM hookline_experiment_cells ORDER BY slice").map {
                    try $0.integer("slice")
                }
            }
            #expect(slices == [-1, 0])
            #expect(try await bench.experiments.recount("hooks").differences.isEmpty)
        }
    }

    private func outlook(units: Int64, minimumEffect: Double?, analyses: Int = 1) async throws -> ExperimentResults {
        var found: ExperimentResults?
        try await TestDatabase.available[0].withBench { bench in
            var definition = try ExperimentDefinition.sample(metrics: [Metric("clicked", .proportion(of: "click"))])
            definition.plan = ExperimentPlan(units: units, analyses: analyses, minimumEffect: minimumEffect)
            _ = try await bench.experiments.create(definition)
            _ = try await bench.experiments.start("hooks")
            _ = try await bench.log.append(arrivals(definition, 200))
            bench.clock.advance(byMilliseconds: 2 * Self.day * 1000)
            found = try await bench.results("hooks", includesOpen: false)
        }
        return try #require(found)
    }

    private func arrivals(_ definition: ExperimentDefinition, _ count: Int) -> [EngagementEvent] {
        units(definition, "control", 0..<count, clicks: 0.1, at: 60)
            + units(definition, "question", 0..<count, clicks: 0.1, at: 60)
    }

    @Test func aPlanSaysWhenItEndsAndWhatItCanFind() async throws {
        let results = try await outlook(units: 4000, minimumEffect: 0.5)
        let outlook = try #require(results.outlook)
        // 400 units in two days.
        #expect(abs(outlook.unitsPerDay - 200) < 1 && outlook.remainingDays == 18)
        // scipy 1.17.1: (norm.ppf(.975) + norm.ppf(.8)) * 2 * sqrt(.1 * .9 * 200 / 199) / sqrt(4000) / .1
        #expect(abs(try #require(outlook.detectableLift) - 0.266_448_7) < 1e-6)
        #expect(!outlook.isUnderpowered && results.trustWarnings.isEmpty)
        #expect(results.decision.reasons[0].hasSuffix("It is decided when they are there, in about 18 days."))
    }

    @Test func aPlanThatIsTooSmallIsToldWhileItRuns() async throws {
        let results = try await outlook(units: 4000, minimumEffect: 0.1)
        let outlook = try #require(results.outlook)
        #expect(outlook.isUnderpowered)
        // 4000 * (0.2664487 / 0.1)^2
        #expect(abs(try #require(outlook.unitsNeeded) - 28_398) <= 1)
        let warning = try #require(results.trustWarnings.first)
        #expect(warning.kind == .underpowered && warning.text.contains("4000 units find a change of 26.6 %"))
    }

    @Test func severalReadsTakeMoreUnits() async throws {
        let fixed = try #require(try await outlook(units: 4000, minimumEffect: nil).outlook?.detectableLift)
        let sequential = try #require(try await outlook(units: 4000, minimumEffect: nil, analyses: 5).outlook)
        let ratio = try #require(sequential.detectableLift) / fixed
        // The price of five O'Brien-Fleming looks: 2.8 % more units.
        #expect(ratio > 1.01 && ratio < 1.02)
        #expect(sequential.unitsNeeded == nil && !sequential.isUnderpowered)
    }
}
