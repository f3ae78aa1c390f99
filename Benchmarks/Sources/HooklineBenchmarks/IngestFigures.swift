import Foundation

/// Events over HTTP, answered after they are durable, against what the machine could do at best.
struct IngestFigures {
    let binary: String
    let folder: String
    let seconds: Double
    /// Those that send batches.
    let clients: Int

    private static let batchTarget = 0.4
    private static let singleTarget = 5000.0
    private static let batch = 100
    private static let singleClients = 64

    /// Batches of 100 events from many clients, beside the rows a second that SQLite alone commits in the same file
    /// format: same tables and indexes, as many rows already there, as many rows written.
    func batches(storedRows: Int, _ report: inout Report) async throws {
        let (served, bare) = try await databases("batches", storedRows)
        let run = try run(served, clients: clients, eventsPerRequest: Self.batch)
        let share = CPUShare()
        let log = try BareLog(bare, mix: .viewing, isDurable: true)
        let rows = try log.append(run.accepted)
        let cpuPerRow = share.seconds().own / Double(run.accepted) * 1e6
        let ofBare = share.details().map {
            Figure.Detail(name: "SQLite alone: \($0.name)", value: $0.value, unit: $0.unit)
        }
        report.add(
            Figure(
                name: "ingest, \(clients) x 100, \(storedRows) rows before",
                measured: run.eventsPerSecond,
                unit: "events/s",
                reference: Figure.Reference(name: "SQLite alone", value: rows),
                target: .ratioAtLeast(Self.batchTarget),
                details: run.details + ofBare
            )
        )
        // Processes beside the benchmark change this less than they change events a second.
        report.add(
            Figure(
                name: "    CPU of the server an event",
                measured: run.cpuPerEvent,
                unit: "us",
                reference: Figure.Reference(name: "SQLite alone, a row", value: cpuPerRow)
            )
        )
        remove([served, bare])
    }

    /// One event a request from 64 clients. The ceiling is that of the disk: all clients in each sync.
    func singles(syncSeconds: Double, _ report: inout Report) async throws {
        let (served, bare) = try await databases("singles", 0)
        let run = try run(served, clients: Self.singleClients, eventsPerRequest: 1)
        report.add(
            Figure(
                name: "ingest, one event a request, 64 clients",
                measured: run.eventsPerSecond,
                unit: "events/s",
                reference: Figure.Reference(name: "64 a sync", value: Double(Self.singleClients) / syncSeconds),
                target: .atLeast(Self.singleTarget),
                details: run.details
            )
        )
        remove([served, bare])
    }

    // MARK: Steps

    private struct Run {
        let eventsPerSecond: Double
        /// Microseconds of the server.
        let cpuPerEvent: Double
        /// All that were stored, also outside of what was measured.
        let accepted: Int
        let details: [Figure.Detail]
    }

    private func run(_ database: String, clients: Int, eventsPerRequest: Int) throws -> Run {
        let server = try ServerProcess(binary: binary, database: database, folder: folder)
        defer { server.stop() }
        let load = Load(
            Load.Plan(
                connections: clients,
                eventsPerRequest: eventsPerRequest,
                mix: .viewing,
                port: server.port,
                key: server.key
            )
        )
        let before = try server.counters()
        load.start()
        sleep(for: max(1, seconds * 0.2))
        let (share, start, first) = (CPUShare(server: server.id), Machine.nanoseconds(), try server.counters())
        load.beginMeasuring()
        sleep(for: seconds)
        let elapsed = Machine.seconds(since: start)
        let (cpu, cpuSeconds, last) = (share.details(), share.seconds().server, try server.counters())
        let outcome = try load.finish()
        let after = try server.counters()
        let accepted = Int(after.accepted - before.accepted)
        guard accepted == outcome.sentEvents else {
            throw Failure("\(outcome.sentEvents) events were answered, \(accepted) were stored")
        }
        let commits = last.commits - first.commits
        return Run(
            eventsPerSecond: Double(outcome.requests * eventsPerRequest) / elapsed,
            cpuPerEvent: cpuSeconds / max(1, last.accepted - first.accepted) * 1e6,
            accepted: accepted,
            details: [
                Figure.Detail(name: "request median", value: outcome.latency.median / 1000, unit: "ms"),
                Figure.Detail(name: "p99", value: outcome.latency.p99 / 1000, unit: "ms"),
                Figure.Detail(name: "commits", value: commits),
                Figure.Detail(name: "events a commit", value: (last.accepted - first.accepted) / max(1, commits)),
                Figure.Detail(
                    name: "memory of the server at the end",
                    value: Machine.memoryMebibytes("VmRSS", of: server.id),
                    unit: "MiB"
                ),
            ] + cpu
        )
    }

    /// Two databases that are alike: one for the server, one for SQLite alone.
    private func databases(_ name: String, _ storedRows: Int) async throws -> (String, String) {
        let paths = ("\(folder)/\(name)-served.db", "\(folder)/\(name)-bare.db")
        try await BareLog.migrate(paths.0)
        if storedRows > 0 {
            let log = try BareLog(paths.0, mix: .viewing, isDurable: false, seed: 11)
            _ = try log.append(storedRows, perTransaction: 50_000)
            try log.checkpoint()
        }
        try FileManager.default.copyItem(atPath: paths.0, toPath: paths.1)
        // Otherwise the first syncs would wait for all of the copy.
        sync()
        return paths
    }

    private func remove(_ databases: [String]) {
        for path in databases {
            for suffix in ["", "-wal", "-shm", ".lock"] { try? FileManager.default.removeItem(atPath: path + suffix) }
        }
    }
}

func sleep(for seconds: Double) {
    usleep(UInt32(max(0, seconds) * 1_000_000))
}
