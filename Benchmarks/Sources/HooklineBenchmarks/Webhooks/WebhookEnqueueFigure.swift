import Foundation

/// Domain events that are accepted over HTTP, one a request, answered after they are durable, against the same rows
/// written by SQLite alone.
struct WebhookEnqueueFigure {
    let binary: String
    let folder: String
    let seconds: Double

    private static let target = 5000.0
    private static let ratioTarget = 0.2
    private static let clients = 64
    private static let rowsPerTransaction = 100

    func run(_ report: inout Report) async throws {
        let rig = try WebhookRig(binary: binary, folder: folder, name: "enqueue", slots: 0)
        let key = rig.server.key
        let load = Load(
            Load.Plan(connections: Self.clients, port: rig.server.port) { _ in RequestTemplate(domainEventWithKey: key)
            }
        )
        load.start()
        sleep(for: max(1, seconds * 0.2))
        let (share, start) = (CPUShare(server: rig.server.id), Machine.nanoseconds())
        load.beginMeasuring()
        sleep(for: seconds)
        let elapsed = Machine.seconds(since: start)
        let (cpu, cpuSeconds) = (share.details(), share.seconds().server)
        let outcome = try load.finish()
        let rows = try rig.watch.events()
        guard rows == outcome.sentEvents else {
            throw Failure("\(outcome.sentEvents) events were answered, \(rows) stored")
        }
        rig.stop()

        let bareShare = CPUShare()
        let bare = try await BareOutbox("\(folder)/enqueue-bare.db")
        let alone = try bare.append(rows, perTransaction: Self.rowsPerTransaction)
        let rate = Double(outcome.requests) / elapsed
        let reference = Figure.Reference(name: "SQLite alone, \(Self.rowsPerTransaction) a sync", value: alone)
        let name = "webhook-enqueue, one 1 KiB event a request, \(Self.clients) clients"
        report.add(
            Figure(
                name: name,
                measured: rate,
                unit: "events/s",
                reference: reference,
                target: .atLeast(Self.target),
                details: [
                    Figure.Detail(name: "request median", value: outcome.latency.median / 1000, unit: "ms"),
                    Figure.Detail(name: "p99", value: outcome.latency.p99 / 1000, unit: "ms"),
                    Figure.Detail(
                        name: "CPU of the server an event",
                        value: cpuSeconds / rate / elapsed * 1e6,
                        unit: "us"
                    ),
                ] + cpu
                    + bareShare.details().map {
                        Figure.Detail(name: "SQLite alone: \($0.name)", value: $0.value, unit: $0.unit)
                    }
            )
        )
        report.add(
            Figure(
                name: "    the same as a ratio",
                measured: rate,
                unit: "events/s",
                reference: reference,
                target: .ratioAtLeast(Self.ratioTarget)
            )
        )
    }
}
