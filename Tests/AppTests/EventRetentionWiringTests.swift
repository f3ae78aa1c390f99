import HooklineEvents
import HooklineExperiments
import HooklinePrimitives
import HooklineServer
import HooklineStorage
import HooklineStorageTestSupport
import Logging
import Testing

@testable import HooklineApp

/// That the setting gets to those who keep to it.
@Suite struct EventRetentionWiringTests {
    private static let day: Int64 = 86_400_000

    private func withComposition(
        keepingDays days: Int64?,
        _ body: (HooklineComposition, TestClock) async throws -> Void
    ) async throws {
        var configuration = HooklineConfiguration()
        configuration.database = .sqliteInMemory
        configuration.eventRetentionMilliseconds = days.map { $0 * Self.day }
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let database = try await configuration.database.openMigrated(dataFolder: "", logger: logger)
        let clock = TestClock()
        let composition = try await HooklineComposition(
            database: database,
            configuration: configuration,
            metricsText: { "" },
            clock: clock.wallClock,
            logger: logger
        )
        try await body(composition, clock)
        try await database.close()
    }

    @Test func eventsAreKeptForEverUnlessTheSettingSaysOtherwise() async throws {
        try await withComposition(keepingDays: nil) { composition, _ in
            #expect(!composition.workers.contains { $0 is EventRetentionWorker })
        }
    }

    @Test func whatRunsKeepsItsEventsAndWhatIsOverLosesThem() async throws {
        try await withComposition(keepingDays: 30) { composition, clock in
            let (experiments, log) = (composition.services.experiments, composition.services.log)
            let worker = try #require(composition.workers.compactMap { $0 as? EventRetentionWorker }.first)
            _ = try await log.append([EngagementEvent(type: "click", userID: "u1", occurredAt: clock.now())])
            let definition = try ExperimentDefinition(id: "hooks", name: "Hooks", variants: ["a", "b"])
            _ = try await experiments.create(definition)
            _ = try await experiments.start("hooks")
            let exposure = #"{"experiment_id": "hooks"}"#
            _ = try await log.append([
                EngagementEvent(type: "exposure", userID: "u1", occurredAt: clock.now(), properties: exposure)
            ])
            try await composition.catchUp()
            clock.advance(byMilliseconds: 31 * Self.day)
            let store = EventStore(composition.services.database)
            try await worker.removeOld()
            #expect(try await store.events(after: 0, limit: 10).map(\.position) == [2])
            _ = try await experiments.conclude("hooks")
            try await worker.removeOld()
            #expect(try await store.events(after: 0, limit: 10).isEmpty)
            let long = Metric("long", .count(of: "click"), windowMilliseconds: 31 * Self.day)
            await #expect(throws: ExperimentError.self) { try await experiments.defineMetric(long) }
        }
    }
}
