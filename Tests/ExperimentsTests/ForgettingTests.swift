import HooklineEvents
import HooklineExperiments
import HooklinePrimitives
import HooklineStorageTestSupport
import Testing

/// Forgetting a user leaves what would be there if the user had never been.
@Suite struct ForgettingTests {
    private static let metrics = StreamTests.metrics + StreamTests.otherMetrics

    /// The rows but for those of slices and the clock, which may remember that there was somebody.
    private func rows(_ bench: Bench) async throws -> [String] {
        try await bench.foldedRows().filter { !$0.hasPrefix("slices") }
    }

    @Test(arguments: TestDatabase.available)
    func leavesWhatWouldBeThereWithoutTheUser(_ test: TestDatabase) async throws {
        for unit in [ExperimentUnit.user, .content, .attribute("device")] {
            let definition = try ExperimentDefinition.sample(
                metrics: Self.metrics.filter { unit != .attribute("device") || $0.covariate == nil },
                unit: unit
            )
            // Claims of users would be contradictory claims of what they watch, and leave hardly a unit to compare.
            let claims = StreamTests.stream(definition, count: 900).filter {
                unit == .user || $0.properties?.contains("variant") != true
            }
            let stream = claims.enumerated().map { index, event in
                var event = event
                event.contentID = Identifier(unchecked: "c\(index % 37)")
                var properties = event.properties.flatMap { try? JSON.parse($0) }?.object ?? [:]
                properties.append("device", .string("d\(index % 23)"))
                event.properties = JSON.object(properties).text
                return event
            }
            let exposed = stream.first { $0.type == "exposure" && $0.properties?.contains("variant") != true }
            let forgotten = try #require(exposed?.userID)
            var without: [String] = []
            try await test.withBench { bench in
                try await fill(bench, definition, stream.filter { $0.userID != forgotten }, observed: ["somebody"])
                without = try await rows(bench)
            }
            try await test.withBench { bench in
                try await fill(bench, definition, stream, observed: ["somebody", forgotten])
                #expect(try await rows(bench) != without)
                let result = try await bench.experiments.forget(forgotten)
                #expect(result.isComplete && result.units > 0, "\(unit): \(result)")
                #expect(result.events == stream.count { $0.userID == forgotten } + 3)
                #expect(try await rows(bench) == without)
                #expect(try await bench.experiments.recount("hooks").differences.isEmpty)
                let again = try await bench.experiments.forget(forgotten)
                #expect(again.events == 0 && again.units == 0 && again.isComplete)
            }
        }
    }

    private func fill(
        _ bench: Bench,
        _ definition: ExperimentDefinition,
        _ stream: [EngagementEvent],
        observed: [Identifier]
    ) async throws {
        _ = try await bench.experiments.create(definition)
        _ = try await bench.experiments.start("hooks")
        _ = try await bench.log.append(stream)
        for user in observed {
            for value in [0.1, 0.7, 12] {
                try await bench.experiments.track("rating", value, variant: "control", user: user, in: "hooks")
            }
        }
        try await bench.fold()
    }

    @Test(arguments: TestDatabase.available)
    func saysWhatIsLeftForTheFold(_ test: TestDatabase) async throws {
        try await test.withBench { bench in
            let definition = try ExperimentDefinition.sample(metrics: Self.metrics)
            let user = definition.users("question", 1)[0]
            try await fill(bench, definition, [Sample.exposure(user)], observed: [])
            _ = try await bench.log.append([Sample.event("click", user, at: 1)])
            let first = try await bench.experiments.forget(user)
            #expect(first.events == 1 && !first.isComplete)
            try await bench.fold()
            let second = try await bench.experiments.forget(user)
            #expect(second.events == 1 && second.isComplete)
            #expect(try await bench.results("hooks").sampleRatio.arms.map(\.observed) == [0, 0])
        }
    }
}
