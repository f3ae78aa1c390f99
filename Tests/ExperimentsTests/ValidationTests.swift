import HooklineEvents
import HooklinePrimitives
import HooklineStatistics
import HooklineStorage
import HooklineStorageTestSupport
import Testing

@testable import HooklineExperiments

/// An experiment's own units, dealt out anew.
@Suite struct ValidationTests {
    private static let metrics = [
        Metric("clicked", .proportion(of: "click")),
        Metric("watched", .sum(of: "watch", property: "seconds")),
        Metric("stayed", .proportion(of: "stay"), role: .guardrail, margin: 0.1),
    ]

    /// Units that differ from each other, and with `effect` by their variant too.
    private func fill(_ bench: Bench, users: Int, effect: Bool) async throws {
        let definition = try ExperimentDefinition.sample(metrics: Self.metrics)
        _ = try await bench.experiments.create(definition)
        _ = try await bench.experiments.start("hooks")
        let allocation = definition.allocation
        var events: [EngagementEvent] = []
        for number in 0..<users {
            let user = Identifier(unchecked: "u\(number)")
            let isTreated = allocation.variant(of: user) == 1
            events.append(Sample.exposure(user, at: Int64(number)))
            if number % (isTreated && effect ? 2 : 4) == 0 { events.append(Sample.event("click", user, at: 9000)) }
            events.append(Sample.event("watch", user, at: 9001, ["seconds": .integer(Int64(number * number % 97))]))
            if number % 3 != 0 { events.append(Sample.event("stay", user, at: 9002)) }
        }
        _ = try await bench.log.append(events)
        try await bench.fold()
    }

    @Test(arguments: TestDatabase.available)
    func anEffectThatWasThereIsDealtAway(_ engine: TestDatabase) async throws {
        try await engine.withBench { bench in
            try await fill(bench, users: 400, effect: true)
            let results = try await bench.results("hooks")
            #expect((try? results.metrics[0].treatments[0].anytime?.get())?.isSignificant == true)

            let request = try ValidationRequest(runs: 60, looks: 5)
            let report = try await bench.experiments.validate("hooks", request)
            #expect(report.units == 400 && report.version == 1)
            let names = report.rates.map { "\($0.event.rawValue) \($0.metric?.text ?? "")" }
            #expect(
                names == [
                    "anytime clicked", "anytime watched", "anytime stayed", "sample_ratio ", "planned ", "ship ",
                    "roll_back ", "halt ",
                ]
            )
            #expect(report.rates.allSatisfy { $0.observed.runs == 60 })
            #expect(!report.isBroken)
            // The same seed deals the same, and another one does not.
            let again = try await bench.experiments.validate("hooks", request)
            #expect(again.rates.map(\.observed) == report.rates.map(\.observed))
        }
    }

    @Test func aRateAboveItsPromiseIsBroken() {
        let rate = { (hits: Int) in
            ValidationReport.Rate(
                event: .anytime,
                metric: "clicked",
                observed: ObservedRate(hits: hits, runs: 400),
                promise: 0.05
            )
        }
        // 20 of 400 are promised; 38 or more come by chance once in a thousand times.
        #expect(!rate(20).isBroken && !rate(33).isBroken && rate(45).isBroken)
    }

    @Test func whatCannotBeDealtOutIsRefused() async throws {
        try await TestDatabase.available[0].withBench { bench in
            try await fill(bench, users: 40, effect: false)
            let request = try ValidationRequest()
            for (id, problem) in [("hooks", "has 40 units"), ("observed", "has no metric that is folded")] {
                if id == "observed" {
                    _ = try await bench.experiments.create(.sample("observed", metrics: [Metric("x", .observation)]))
                }
                let error = await #expect(throws: ExperimentError.self) {
                    _ = try await bench.experiments.validate(Identifier(unchecked: id), request)
                }
                guard case .invalid("experiment", let found) = error else {
                    Issue.record("\(String(describing: error))")
                    continue
                }
                #expect(found.contains(problem))
            }
            #expect(throws: ExperimentError.self) { _ = try ValidationRequest(runs: 49) }
            #expect(throws: ExperimentError.self) { _ = try ValidationRequest(looks: 101) }
        }
    }
}
