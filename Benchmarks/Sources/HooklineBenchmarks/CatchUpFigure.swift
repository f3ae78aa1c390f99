import Foundation
import HooklineEvents
import HooklineExperiments
import HooklinePrimitives
import HooklineStorage
import HooklineStorageSQLite
import Logging

/// How fast the fold goes through a log that is there: three experiments with five metrics each, every batch committed and
/// synced, in batches as a server takes them.
struct CatchUpFigure {
    private static let experiments = ["bench_hook", "bench_title", "bench_cut"]
    private static let events = 500_000
    private static let target = 20_000.0

    static func run(_ folder: String, _ report: inout Report) async throws {
        let path = "\(folder)/catch-up.db"
        let database = try SQLiteDatabase(location: .file(path: path))
        try await Migrator(EventMigrations.all + OutboxMigrations.all + ExperimentMigrations.all).migrate(database)
        let experiments = Experiments(database: database, log: EventLog(database))
        for id in Self.experiments {
            _ = try await experiments.create(definition(Identifier(unchecked: id)))
            _ = try await experiments.start(Identifier(unchecked: id))
        }
        let log = try BareLog(path, mix: .experiments(Self.experiments), isDurable: false)
        _ = try log.append(events, perTransaction: 50_000)
        try log.checkpoint()
        let worker = ProjectionWorker(
            ExperimentProjection.make(),
            database: database,
            logger: Logger(label: "bench")
        )
        let (share, start) = (CPUShare(), Machine.nanoseconds())
        try await worker.catchUp()
        let seconds = Machine.seconds(since: start)
        report.add(
            Figure(
                name: "fold of a log of \(events) events, \(Self.experiments.count) experiments",
                measured: Double(events) / seconds,
                unit: "events/s",
                target: .atLeast(target),
                details: share.details()
            )
        )
        try await database.close()
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
    }

    /// Those of `FoldFigure`.
    private static func definition(_ id: Identifier) throws -> ExperimentDefinition {
        let seconds = EventTotal("watch", property: "seconds")
        return try ExperimentDefinition(
            id: id,
            name: "Benchmark",
            variants: ["control", "variant_a"],
            metrics: [
                Metric("clicked", .proportion(of: "click")),
                Metric("clicks", .count(of: "click")),
                Metric("watched", .sum(of: "watch", property: "seconds"), covariate: .init()),
                Metric("seconds", .mean(of: "watch", property: "seconds")),
                Metric("seconds_a_click", .ratio(seconds, EventTotal("click"))),
            ]
        )
    }
}
