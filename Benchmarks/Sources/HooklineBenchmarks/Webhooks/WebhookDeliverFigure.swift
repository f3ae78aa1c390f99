import HooklineEvents
import HooklinePrimitives
import HooklineWebhooks

/// Events of one subscription, from the first call that enqueues until all are written down as delivered.
struct WebhookDeliverFigure {
    let binary: String
    let folder: String
    let events: Int

    private static let target = 6000.0
    private static let cpuTarget = 150.0
    private static let batch = 100
    private static let producers = 8
    private static let timeoutSeconds = 300.0

    private struct Run: Sendable {
        let seconds: Double
        let enqueueSeconds: Double
        /// Of the process that delivers.
        let cpuSeconds: Double
        let details: [Figure.Detail]
    }

    /// With a server, to which the events come by HTTP.
    func served(_ report: inout Report) throws {
        let rig = try WebhookRig(binary: binary, folder: folder, name: "deliver", slots: events)
        defer { rig.stop() }
        try rig.subscribe(1)
        let senders = DomainEventSenders(port: rig.server.port, key: rig.server.key, connections: Self.producers)
        let (shares, start) = (rig.shares(), Machine.nanoseconds())
        try senders.send(0..<events, perRequest: Self.batch)
        let enqueueSeconds = Machine.seconds(since: start)
        try rig.watch.wait(seconds: Self.timeoutSeconds, for: "not all events are delivered") {
            try rig.watch.successes() >= events
        }
        let run = Run(
            seconds: Machine.seconds(since: start),
            enqueueSeconds: enqueueSeconds,
            cpuSeconds: shares.seconds().server,
            details: shares.details()
        )
        guard try rig.watch.countedSuccesses() == events else { throw Failure("the tallies are wrong") }
        try add(run, rig.receiver.ledger, "server, \(Self.batch) a request", &report)
    }

    /// With the library in this process, which does nothing else.
    func library(_ report: inout Report) async throws {
        let receiver = try ReceiverProcess(folder: folder, slots: events)
        let node = try await WebhookNode("\(folder)/deliver-library.db")
        _ = try await node.webhooks.subscribe(receiver.url(0), to: [DomainEventShape.type.text])
        let id = receiver.id
        let run = try await node.deliver { try await self.run(node, id) }
        try add(run, receiver.ledger, "library", &report)
    }

    private func run(_ node: WebhookNode, _ receiver: Int32) async throws -> Run {
        let (shares, start) = (WebhookShares(server: nil, receiver: receiver), Machine.nanoseconds())
        try await withThrowingTaskGroup(of: Void.self) { group in
            for producer in 0..<Self.producers {
                group.addTask {
                    for first in stride(from: producer * Self.batch, to: events, by: Self.producers * Self.batch) {
                        let numbers = first..<min(first + Self.batch, events)
                        _ = try await node.webhooks.deliver(numbers.map { DomainEventShape.event($0) })
                    }
                }
            }
            try await group.waitForAll()
        }
        let enqueueSeconds = Machine.seconds(since: start)
        while try await node.successes() < events {
            guard Machine.seconds(since: start) < Self.timeoutSeconds else {
                throw Failure("\(try await node.successes()) of \(events) events were delivered")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        return Run(
            seconds: Machine.seconds(since: start),
            enqueueSeconds: enqueueSeconds,
            cpuSeconds: shares.seconds().own,
            details: shares.details()
        )
    }

    private func add(_ run: Run, _ ledger: Ledger, _ kind: String, _ report: inout Report) throws {
        let arrived = ledger.arrivals().count
        guard arrived == events else { throw Failure("\(arrived) of \(events) events arrived") }
        report.add(
            Figure(
                name: "webhook-deliver, \(events) of 1 KiB, \(kind)",
                measured: Double(events) / run.seconds,
                unit: "/s",
                target: .atLeast(Self.target),
                details: [
                    Figure.Detail(name: "all enqueued after", value: run.enqueueSeconds, unit: "s"),
                    Figure.Detail(name: "connections", value: Double(ledger[.connections])),
                    Figure.Detail(name: "repeated", value: Double(ledger[.repeated])),
                ] + run.details
            )
        )
        report.add(
            Figure(
                name: "    CPU of the \(kind == "library" ? kind : "server") a delivery, with its enqueuing",
                measured: run.cpuSeconds / Double(events) * 1e6,
                unit: "us",
                target: .atMost(Self.cpuTarget)
            )
        )
    }
}
