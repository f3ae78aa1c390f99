import Foundation
import GRDB
import HooklineEvents
import HooklineExperiments
import HooklinePrimitives
import HooklineStorage
import HooklineStorageSQLite
import Logging

/// One analysis, its read included, on a database in a file: it must not depend on how many events were folded. Then the
/// same broken down into twenty slices.
struct AnalysisFigure {
    private static let experiment: Identifier = "bench_analysis"
    private static let metric: Identifier = "watched"
    private static let calls = 5000
    private static let target = 100.0
    private static let dimension: Identifier = "feed"
    private static let slicedCalls = 500
    private static let slicedTarget = 1000.0
    /// Larger than a server's, because nothing else waits for the writer here.
    private static let foldBatch = 20_000

    /// - Parameter events: how many rows of the log each of the databases has.
    static func run(_ folder: String, events: [Int], _ report: inout Report) async throws {
        for count in events {
            let path = "\(folder)/analysis-\(count).db"
            let database = try SQLiteDatabase(location: .file(path: path))
            try await Migrator(EventMigrations.all + OutboxMigrations.all + ExperimentMigrations.all).migrate(database)
            let experiments = Experiments(database: database, log: EventLog(database))
            _ = try await experiments.create(definition())
            _ = try await experiments.start(experiment)
            let rows = try fill(path, count)
            let start = Machine.nanoseconds()
            try await ProjectionWorker(
                ExperimentProjection.make(),
                database: database,
                batchSize: foldBatch,
                logger: Logger(label: "bench")
            ).catchUp()
            let folded = Double(count) / Machine.seconds(since: start)
            var figure = try await measure(experiments, database, path, count)
            figure.details += [
                Figure.Detail(name: "rows in the log", value: Double(count)),
                Figure.Detail(name: "filled", value: rows, unit: "rows/s"),
                Figure.Detail(name: "folded in batches of \(foldBatch)", value: folded, unit: "events/s"),
            ]
            report.add(figure)
            // Few events do not reach all slices.
            for sliced in try definition().metrics.map(\.name) where count == events.max() {
                report.add(try await measureSlices(experiments, of: sliced, count))
            }
            if count == events.max() { report.add(try stateSize(path)) }
            try await database.close()
            for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
        }
    }

    private static func definition() throws -> ExperimentDefinition {
        try ExperimentDefinition(
            id: experiment,
            name: "Benchmark",
            variants: ["control", "variant_a"],
            metrics: [
                Metric("clicked", .proportion(of: "click")),
                Metric(metric, .sum(of: "watch", property: "seconds")),
                Metric("watched_adjusted", .sum(of: "watch", property: "seconds"), covariate: .init()),
                // All three variables, the most that the moments of one unit have.
                Metric(
                    "seconds_a_click",
                    .ratio(EventTotal("watch", property: "seconds"), EventTotal("click")),
                    covariate: .init()
                ),
                Metric("long_watch", .eventQuantile(0.9, of: "watch", property: "seconds")),
            ],
            dimensions: [dimension]
        )
    }

    /// Rows that are really in the log, written by SQLite alone as the events themselves are not measured here.
    private static func fill(_ path: String, _ count: Int) throws -> Double {
        let log = try BareLog(path, mix: .experiments([experiment.text]), isDurable: false)
        let rate = try log.append(count, perTransaction: 50_000)
        try log.checkpoint()
        return rate
    }

    private static func measure(
        _ experiments: Experiments,
        _ database: SQLiteDatabase,
        _ path: String,
        _ count: Int
    ) async throws -> Figure {
        let pool = try DatabasePool(path: path)
        // By turns, so that whatever else the machine does meets both.
        var (analysis, inside, select) = (Samples(), Samples(), Samples())
        var share = CPUShare()
        var control: Int64 = 0
        for call in -200..<calls {
            if call == 0 { share = CPUShare() }
            let start = Machine.nanoseconds()
            let results = try await experiments.results(of: experiment, ResultsRequest(metric: metric))
            let middle = Machine.nanoseconds()
            let state = try await pool.read { database in
                try String.fetchOne(
                    database,
                    sql: "SELECT state FROM hookline_experiments WHERE id = ?",
                    arguments: [experiment.text]
                )
            }
            let end = Machine.nanoseconds()
            let alone = try await database.read { transaction in
                let start = Machine.nanoseconds()
                _ = try experiments.results(of: experiment, ResultsRequest(metric: metric), in: transaction)
                return Machine.nanoseconds() - start
            }
            guard state == "running" else { throw Failure("the experiment is \(state ?? "missing")") }
            control = results.metrics.first?.variants.first?.n ?? 0
            guard call >= 0 else { continue }
            analysis.add(middle - start)
            select.add(end - middle)
            inside.add(alone)
        }
        let details = share.details()
        try pool.close()
        guard control > 0 else { throw Failure("nothing was folded") }
        return Figure(
            name: "analysis at \(count) events, median",
            measured: analysis.median,
            unit: "us",
            reference: Figure.Reference(name: "one-row SELECT, GRDB", value: select.median),
            target: .atMost(target),
            details: [
                Figure.Detail(name: "p99", value: analysis.p99, unit: "us"),
                Figure.Detail(name: "inside of its transaction", value: inside.median, unit: "us"),
                Figure.Detail(name: "SELECT p99", value: select.p99, unit: "us"),
                Figure.Detail(name: "units of control", value: Double(control)),
            ] + details
        )
    }

    /// One metric with a comparison for each of twenty slices, read from the database as before.
    private static func measureSlices(
        _ experiments: Experiments,
        of metric: Identifier,
        _ count: Int
    ) async throws -> Figure {
        var (analysis, slices) = (Samples(), 0)
        var share = CPUShare()
        for call in -50..<slicedCalls {
            if call == 0 { share = CPUShare() }
            let start = Machine.nanoseconds()
            let results = try await experiments.results(
                of: experiment,
                ResultsRequest(metric: metric, dimension: dimension)
            )
            if call >= 0 { analysis.add(Machine.nanoseconds() - start) }
            slices = results.metrics.first?.slices.filter { $0.variants.allSatisfy { $0.n > 0 } }.count ?? 0
        }
        guard slices == EventMix.feeds else { throw Failure("\(slices) slices of \(metric) have units") }
        return Figure(
            name: "\(slices) slices of \(metric) at \(count) events, median",
            measured: analysis.median,
            unit: "us",
            target: .atMost(slicedTarget),
            details: [Figure.Detail(name: "p99", value: analysis.p99, unit: "us")] + share.details()
        )
    }

    /// What the rows of units take on the disk, by the pages of their table.
    private static func stateSize(_ path: String) throws -> Figure {
        let queue = try DatabaseQueue(path: path)
        let (bytes, units, states) = try queue.read { database in
            (
                try Int.fetchOne(
                    database,
                    sql: "SELECT sum(pgsize) FROM dbstat WHERE name = 'hookline_experiment_units'"
                ) ?? 0,
                try Int.fetchOne(database, sql: "SELECT count(*) FROM hookline_experiment_units") ?? 0,
                try Int.fetchOne(database, sql: "SELECT sum(length(state)) FROM hookline_experiment_units") ?? 0
            )
        }
        try queue.close()
        guard units > 0 else { throw Failure("no unit has a state") }
        let metrics = try definition().metrics.count
        return Figure(
            name: "state of a unit with \(metrics) metrics, pages on disk",
            measured: Double(bytes) / Double(units),
            unit: "bytes",
            target: .atMost(Double(200 + 50 * metrics)),
            details: [
                Figure.Detail(name: "the state itself", value: Double(states) / Double(units), unit: "bytes"),
                Figure.Detail(name: "units", value: Double(units)),
            ]
        )
    }
}
