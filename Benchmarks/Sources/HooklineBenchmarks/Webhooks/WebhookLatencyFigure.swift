/// From the moment at which an event is to be enqueued until it is at the receiver, at a steady rate.
struct WebhookLatencyFigure {
    let binary: String
    let folder: String
    let syncSeconds: Double

    private static let target = 25.0
    private static let perSecond = 200.0
    private static let seconds = 20.0
    private static let connections = 16
    /// Before what is measured: connections are opened, and the receiver is known to answer.
    private static let warmUp = 200

    func run(_ report: inout Report) throws {
        let events = Int(Self.perSecond * Self.seconds)
        let rig = try WebhookRig(binary: binary, folder: folder, name: "latency", slots: Self.warmUp + events)
        defer { rig.stop() }
        try rig.subscribe(1)
        let senders = DomainEventSenders(port: rig.server.port, key: rig.server.key, connections: Self.connections)
        _ = try senders.send(0..<Self.warmUp, perSecond: Self.perSecond)
        let shares = rig.shares()
        let paced = try senders.send(Self.warmUp..<(Self.warmUp + events), perSecond: Self.perSecond)
        let ledger = rig.receiver.ledger
        guard ledger.wait(seconds: 10, until: { ledger[.answered] >= Int64(Self.warmUp + events) }) else {
            throw Failure("\(ledger[.answered]) of \(Self.warmUp + events) events arrived")
        }
        let details = shares.details()
        var samples = Samples()
        for (index, due) in paced.due.enumerated() { samples.add(ledger.arrival(Self.warmUp + index) - due) }
        report.add(
            Figure(
                name: "webhook-latency, \(Int(Self.perSecond)) events/s, p95",
                measured: samples.microseconds(quantile: 0.95) / 1000,
                unit: "ms",
                // The event and its delivery are committed one after the other before anything is sent.
                reference: Figure.Reference(name: "two syncs, median", value: syncSeconds * 2000),
                target: .atMost(Self.target),
                details: [
                    Figure.Detail(name: "p50", value: samples.median / 1000, unit: "ms"),
                    Figure.Detail(name: "p99", value: samples.p99 / 1000, unit: "ms"),
                    Figure.Detail(name: "slowest", value: samples.microseconds(quantile: 1) / 1000, unit: "ms"),
                    Figure.Detail(name: "answered p50", value: paced.answers.median / 1000, unit: "ms"),
                    Figure.Detail(
                        name: "answered p95",
                        value: paced.answers.microseconds(quantile: 0.95) / 1000,
                        unit: "ms"
                    ),
                    Figure.Detail(name: "sent late by at most", value: Double(paced.latest) / 1e6, unit: "ms"),
                ] + details
            )
        )
    }
}
