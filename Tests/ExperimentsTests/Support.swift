import Foundation
import HooklineEvents
import HooklineExperiments
import HooklinePrimitives
import HooklineStorage
import HooklineStorageTestSupport
import Logging

@testable import struct HooklineEvents.ProjectionWorker

/// A database with the tables of this domain, its log, and the fold on demand.
struct Bench: Sendable {
    let database: any Database
    let log: EventLog
    let experiments: Experiments
    let clock: TestClock

    init(_ database: any Database, clock: TestClock = TestClock(), logRetentionMilliseconds: Int64? = nil) {
        self.database = database
        self.clock = clock
        log = EventLog(database, clock: clock.wallClock)
        experiments = Experiments(
            database: database,
            log: log,
            logRetentionMilliseconds: logRetentionMilliseconds,
            clock: clock.wallClock
        )
    }

    func migrate() async throws {
        try await Migrator(EventMigrations.all + OutboxMigrations.all + ExperimentMigrations.all).migrate(database)
    }

    /// Folds everything that the log holds.
    func fold(batchSize: Int = 1000) async throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let projection = ExperimentProjection.make()
        try await ProjectionWorker(projection, database: database, batchSize: batchSize, logger: logger).catchUp()
    }

    /// Builds every metric that was added.
    func build() async throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        try await MetricBuildWorker(database: database, logger: logger).buildAll()
    }

    /// Removes the events that are older than so many days and that no experiment needs.
    func removeEvents(olderThanDays days: Int64) async throws {
        let experiments = experiments
        try await EventRetentionWorker(
            database: database,
            keeping: days * 86_400_000,
            projections: [ExperimentProjection.name],
            needed: { try experiments.neededEvents(in: $0) },
            removed: { try experiments.eventsWereRemoved(through: $0, in: $1) },
            clock: clock.wallClock,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        ).removeOld()
    }

    /// The positions that the log holds.
    func positions() async throws -> [Int64] {
        try await EventStore(database).events(after: 0, limit: 1000).map(\.position)
    }

    /// Folds everything, and reads it. Open windows count too, so that what a test sends is seen at once.
    func results(
        _ id: Identifier,
        _ metric: Identifier? = nil,
        includesOpen: Bool = true,
        dimension: Identifier? = nil
    ) async throws -> ExperimentResults {
        try await fold()
        let request = ResultsRequest(metric: metric, includesOpen: includesOpen, dimension: dimension)
        return try await experiments.results(of: id, request)
    }

    /// Every row that the fold has written, as text.
    func foldedRows() async throws -> [String] {
        let keys = [
            "units": "fold, unit", "cells": "fold, metric, variant, slice, part", "slices": "fold, slice",
            "tallies": "fold, name, subject", "observed": "fold, unit, metric, variant",
            "moments": "fold, metric, variant",
        ]
        return try await database.read { transaction in
            try keys.sorted { $0.key < $1.key }.flatMap { table, key in
                let statement = Statement(sql: "SELECT * FROM hookline_experiment_\(table) ORDER BY \(key)")
                return try transaction.rows(statement).map { "\(table): \($0.values)" }
            }
        }
    }
}

extension TestDatabase {
    func withBench(_ body: (Bench) async throws -> Void) async throws {
        try await withDatabase { database in
            let bench = Bench(database)
            try await bench.migrate()
            try await body(bench)
        }
    }
}

extension ExperimentDefinition {
    /// Two variants that share equally, unless a test needs more.
    static func sample(
        _ id: Identifier = "hooks",
        variants: [Identifier] = ["control", "question"],
        split: [Identifier: Double]? = nil,
        metrics: [Metric] = [],
        dimensions: [Identifier] = [],
        coverage: Double = 1,
        unit: ExperimentUnit = .user
    ) throws -> ExperimentDefinition {
        try ExperimentDefinition(
            id: id,
            name: "Hooks",
            variants: variants,
            split: split,
            metrics: metrics,
            dimensions: dimensions,
            coverage: coverage,
            unit: unit
        )
    }

    /// The first users of a variant, in the order of their numbers.
    func users(_ variant: Identifier, _ count: Int) -> [Identifier] {
        let allocation = allocation
        var users: [Identifier] = []
        for number in 0... where users.count < count {
            let user = Identifier(unchecked: "u\(number)")
            if let index = allocation.variant(of: user), variants[index] == variant { users.append(user) }
            if users.count == count { break }
        }
        return users
    }
}

/// Events at so many seconds after the test clock's start.
enum Sample {
    static let start = Timestamp(milliseconds: 1_769_594_400_000)

    static func event(
        _ type: Identifier,
        _ user: Identifier?,
        at second: Int64 = 0,
        content: Identifier? = nil,
        _ properties: JSON? = nil
    ) -> EngagementEvent {
        EngagementEvent(
            type: type,
            userID: user,
            contentID: content,
            occurredAt: start.advanced(byMilliseconds: second * 1000),
            properties: properties?.text
        )
    }

    static func exposure(_ user: Identifier?, at second: Int64 = 0, _ more: JSONObject = [:]) -> EngagementEvent {
        var properties: JSONObject = ["experiment_id": "hooks"]
        for member in more { properties.append(member.key, member.value) }
        return event("exposure", user, at: second, .object(properties))
    }
}

/// Real data, where the machine has it. `HOOKLINE_REQUIRE_DATA=1` makes its absence a failure.
enum TestData {
    static func bytes(_ path: String) throws -> [UInt8]? {
        let environment = ProcessInfo.processInfo.environment
        let folder = environment["HOOKLINE_DATA"] ?? "../shared/data"
        let file = URL(filePath: folder).appending(path: path)
        if let data = try? Data(contentsOf: file) { return Array(data) }
        if environment["HOOKLINE_REQUIRE_DATA"] == "1" { throw TestDataError.missing(file.path) }
        print("skipped: \(file.path) is not there; set HOOKLINE_DATA to the folder that has it")
        return nil
    }
}

enum TestDataError: Error {
    case missing(String)
}
