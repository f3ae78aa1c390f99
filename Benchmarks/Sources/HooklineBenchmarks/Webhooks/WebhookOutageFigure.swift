/// A receiver that was gone for a while and has much waiting for it: it must not be run over when it is back, and what is
/// new must not wait for all that is old.
struct WebhookOutageFigure {
    let binary: String
    let folder: String
    let waiting: Int

    private static let peakTarget = 1.5
    private static let newTarget = 5.0
    private static let outageSeconds = 10.0
    private static let connections = 8
    private static let batch = 100
    private static let newPerSecond = 20.0
    private static let newSeconds = 5.0
    private static let timeoutSeconds = 300.0
    /// Enough attempts for the few deliveries that are sent while nobody listens.
    private static let retry = #","retry":{"delays_seconds":[1,2,4,8,16,30,30,30,30,30,30]}"#

    func run(_ report: inout Report) throws {
        let new = Int(Self.newPerSecond * Self.newSeconds)
        let rig = try WebhookRig(binary: binary, folder: folder, name: "outage", slots: waiting + new)
        defer { rig.stop() }
        let ledger = rig.receiver.ledger
        try rig.subscribe(1) { _ in Self.retry }
        let down = Machine.nanoseconds()
        rig.receiver.goDown()
        let senders = DomainEventSenders(port: rig.server.port, key: rig.server.key, connections: Self.connections)
        try senders.send(0..<waiting, perRequest: Self.batch)
        try rig.watch.wait(seconds: Self.timeoutSeconds, for: "not all is dispatched") {
            try rig.watch.dispatched() == waiting
        }
        sleep(for: Self.outageSeconds - Machine.seconds(since: down))
        rig.receiver.comeBack()
        let (shares, back) = (rig.shares(), Machine.nanoseconds())
        guard ledger.wait(seconds: Self.timeoutSeconds, until: { ledger[.answered] > 0 }) else {
            throw Failure("nothing arrives after the outage")
        }
        let probed = Machine.seconds(since: back)
        let paced = try senders.send(waiting..<(waiting + new), perSecond: Self.newPerSecond)
        guard ledger.wait(seconds: Self.timeoutSeconds, until: { ledger[.answered] >= Int64(waiting + new) }) else {
            throw Failure("\(ledger[.answered]) of \(waiting + new) events arrived")
        }
        let details = shares.details()
        let old = (0..<waiting).map(ledger.arrival).sorted()
        guard let first = old.first, let last = old.last, first > 0 else { throw Failure("not all arrived") }
        let seconds = Double(last - first) / 1e9
        let mean = Double(waiting) / max(seconds, 1)
        var samples = Samples()
        for (index, due) in paced.due.enumerated() { samples.add(ledger.arrival(waiting + index) - due) }
        report.add(
            Figure(
                name: "webhook-outage, \(waiting) waiting, peak second",
                measured: Double(Self.peak(old)),
                unit: "/s",
                reference: Figure.Reference(name: "mean of the drain", value: mean),
                target: .ratioAtMost(Self.peakTarget),
                details: [
                    Figure.Detail(name: "drained in", value: seconds, unit: "s"),
                    Figure.Detail(name: "noticed after", value: probed, unit: "s"),
                    Figure.Detail(name: "repeated", value: Double(ledger[.repeated])),
                ] + details
            )
        )
        report.add(
            Figure(
                name: "    slowest new event beside the drain",
                measured: samples.microseconds(quantile: 1) / 1e6,
                unit: "s",
                target: .atMost(Self.newTarget),
                details: [
                    Figure.Detail(name: "median", value: samples.median / 1000, unit: "ms"),
                    Figure.Detail(
                        name: "due before the drain ended",
                        value: Double(paced.due.count { $0 < last })
                    ),
                ]
            )
        )
    }

    /// The most arrivals within any one second.
    private static func peak(_ sorted: [Int64]) -> Int {
        var (most, start) = (0, 0)
        for (index, moment) in sorted.enumerated() {
            while moment - sorted[start] >= 1_000_000_000 { start += 1 }
            most = max(most, index - start + 1)
        }
        return most
    }
}
