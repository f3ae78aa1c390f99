import HooklinePrimitives
import HooklineStorage
import HooklineStorageTestSupport
import Logging
import ServiceLifecycle
import Synchronization
import Testing

@testable import HooklineEvents
@testable import HooklineExperiments

/// Answers do not wait for exposures, and no exposure that could be written is lost.
@Suite struct ExposureRecorderTests {
    private static let feature: JSON = [
        "defaultValue": 0, "rules": [["key": "test", "variations": [1, 2], "hashVersion": 2]],
    ]

    private func evaluate(_ features: Features, _ users: Range<Int>) async throws {
        for user in users {
            _ = try await features.evaluate("f", EvaluationContext(attributes: ["id": .string("user_\(user)")]))
        }
    }

    @Test func whatTheDatabaseRefusesWaitsAndIsWrittenLater() async throws {
        try await TestDatabase.available[0].withBench { bench in
            let isDown = Atomic(false)
            let broken = InterceptedDatabase(bench.database) {
                if isDown.load(ordering: .relaxed) { throw StorageError.unavailable(code: "08006", message: "down") }
            }
            let features = Features(
                database: bench.database,
                log: EventLog(broken, clock: bench.clock.wallClock),
                clock: bench.clock.wallClock
            )
            try await features.put("f", Self.feature)
            features.recorder.setFollowed(true)
            isDown.store(true, ordering: .relaxed)
            try await evaluate(features, 0..<10)
            await #expect(throws: StorageError.self) { try await features.recorder.flush() }
            #expect(features.recorder.waitingCount == 10)
            isDown.store(false, ordering: .relaxed)
            try await features.recorder.flush()
            #expect(try await bench.positions().count == 10)
            try await evaluate(features, 0..<10)
            #expect(features.recorder.waitingCount == 0)
        }
    }

    @Test func aWorkerWritesAndFollowsAndEndsWithNothingWaiting() async throws {
        try await TestDatabase.available[0].withBench { bench in
            let features = Features(database: bench.database, log: bench.log, clock: bench.clock.wallClock)
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            try await features.put("f", Self.feature)
            let group = ServiceGroup(
                services: [FeatureWorker(features: features, logger: logger)],
                logger: logger
            )
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await group.run() }
                while !features.published.isFollowed { await Task.yield() }
                try await evaluate(features, 0..<200)
                // Another node's change is seen without a call here.
                let other = Features(database: bench.database, log: bench.log, clock: bench.clock.wallClock)
                let changes = features.changes()
                try await other.put("g", ["defaultValue": 1])
                for await _ in changes { break }
                #expect(try await features.current().keys == ["f", "g"])
                try await evaluate(features, 200..<300)
                await group.triggerGracefulShutdown()
                try await tasks.waitForAll()
            }
            #expect(features.recorder.waitingCount == 0)
            #expect(try await bench.positions().count == 300)
        }
    }

    @Test func aUnitThatTheLogDoesNotTakeIsAnsweredAndNotRecorded() async throws {
        try await TestDatabase.available[0].withBench { bench in
            let features = Features(database: bench.database, log: bench.log, clock: bench.clock.wallClock)
            try await features.put("f", Self.feature)
            for id in [String(repeating: "x", count: 1_000_000), "a\u{0}b"] {
                let answer = try await features.evaluate("f", EvaluationContext(attributes: ["id": .string(id)]))
                #expect(answer.result.source == .experiment)
            }
            #expect(try await bench.positions().isEmpty)
        }
    }

    /// A refresh that was under way when a feature was written does not hide the write from who asks next.
    @Test func aWriteIsSeenByTheNextCallWhateverIsUnderWay() async throws {
        try await TestDatabase.available[0].withBench { bench in
            let features = Features(database: bench.database, log: bench.log, clock: bench.clock.wallClock)
            features.published.setFollowed(true)
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask {
                    while !Task.isCancelled { _ = try await features.published.refresh() }
                }
                for number in 1...100 {
                    try await features.put("f", ["defaultValue": JSON(number)])
                    let value = try await features.evaluate("f", EvaluationContext(attributes: [:])).value
                    #expect(value == JSON(number))
                }
                tasks.cancelAll()
            }
        }
    }
}
