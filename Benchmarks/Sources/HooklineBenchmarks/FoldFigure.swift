import Foundation

/// How far the fold of three running experiments is behind the log while events come as fast as they are taken.
struct FoldFigure {
    let binary: String
    let folder: String
    let seconds: Double
    let clients: Int

    private static let experiments = ["bench_hook", "bench_title", "bench_cut"]
    private static let batch = 100
    private static let target = 1.0
    private static let samples = 12

    func run(_ report: inout Report) throws {
        let path = "\(folder)/fold.db"
        let server = try ServerProcess(binary: binary, database: path, folder: folder)
        defer { server.stop() }
        let setUp = try HTTPConnection(port: server.port)
        for id in Self.experiments {
            _ = try setUp.send("POST", "/v1/experiments", key: server.key, body: Self.definition(id))
            _ = try setUp.send("POST", "/v1/experiments/\(id)/start", key: server.key)
        }
        let load = Load(
            Load.Plan(
                connections: clients,
                eventsPerRequest: Self.batch,
                mix: .experiments(Self.experiments),
                port: server.port,
                key: server.key
            )
        )
        let watch = try LagWatch(path)
        load.start()
        let (share, start) = (CPUShare(server: server.id), Machine.nanoseconds())
        load.beginMeasuring()
        var last = (head: Int64(0), folded: Int64(0), at: start)
        for _ in 1...Self.samples {
            sleep(for: seconds / Double(Self.samples))
            last = try sample(watch, last, start, &report)
        }
        let lag = try watch.lag()
        let elapsed = Machine.seconds(since: start)
        let cpu = share.details()
        let folded = try watch.positions().folded
        let outcome = try load.finish()
        let drained = try drain(watch)
        let rates = (ingest: Double(outcome.requests * Self.batch) / elapsed, fold: Double(folded) / elapsed)
        report.add(
            Figure(
                name: "fold, lag after \(Int(seconds)) s, \(clients) clients",
                measured: lag,
                unit: "s",
                target: .atMost(Self.target),
                details: [Figure.Detail(name: "folded to the end after", value: drained, unit: "s")]
            )
        )
        report.add(
            Figure(
                name: "fold, beside ingest in batches of 100",
                measured: rates.fold,
                unit: "events/s",
                reference: Figure.Reference(name: "ingest", value: rates.ingest),
                details: cpu
            )
        )
    }

    private func sample(
        _ watch: LagWatch,
        _ last: (head: Int64, folded: Int64, at: Int64),
        _ start: Int64,
        _ report: inout Report
    ) throws -> (head: Int64, folded: Int64, at: Int64) {
        let lag = try watch.lag()
        let (head, folded) = try watch.positions()
        let interval = Machine.seconds(since: last.at)
        report.note(
            "    \(Machine.seconds(since: start).digits(2)) s: lag \(lag.digits(2)) s, \(head - folded) events behind, ingest"
                + " \((Double(head - last.head) / interval).shortText)/s,"
                + " fold \((Double(folded - last.folded) / interval).shortText)/s"
        )
        return (head, folded, Machine.nanoseconds())
    }

    /// Seconds until all is folded.
    private func drain(_ watch: LagWatch) throws -> Double {
        let start = Machine.nanoseconds()
        while true {
            let (head, folded) = try watch.positions()
            let waited = Machine.seconds(since: start)
            if folded >= head || waited > seconds * 4 + 30 { return waited }
            sleep(for: 0.05)
        }
    }

    /// Five metrics over three measures, one of which looks back.
    private static func definition(_ id: String) -> String {
        """
        {"id":"\(id)","name":"Benchmark \(id)","variants":["control","variant_a"],"metrics":[
        {"name":"clicked","kind":"proportion","event":"click"},
        {"name":"clicks","kind":"count","event":"click"},
        {"name":"watched","kind":"sum","event":"watch","property":"seconds","covariate":{"days":7}},
        {"name":"seconds","kind":"mean","event":"watch","property":"seconds"},
        {"name":"seconds_a_click","kind":"ratio","numerator":{"event":"watch","property":"seconds"},
        "denominator":{"event":"click"}}]}
        """
    }
}
