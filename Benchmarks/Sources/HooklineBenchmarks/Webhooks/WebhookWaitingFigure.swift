/// The memory of a server for whose receivers very many deliveries wait, because nobody listens.
struct WebhookWaitingFigure {
    let binary: String
    let folder: String
    let deliveries: Int

    private static let target = 200.0
    private static let subscriptions = 10
    private static let connections = 8
    private static let batch = 100
    private static let timeoutSeconds = 600.0
    private static let settleSeconds = 5.0
    private static let retry = #","retry":"standard""#

    func run(_ report: inout Report) throws {
        let rig = try WebhookRig(binary: binary, folder: folder, name: "waiting", slots: 0)
        defer { rig.stop() }
        let atRest = Machine.memoryMebibytes("VmRSS", of: rig.server.id)
        try rig.subscribe(Self.subscriptions, isOwnOrigin: true) { _ in Self.retry }
        rig.receiver.goDown()
        let events = deliveries / Self.subscriptions
        let senders = DomainEventSenders(port: rig.server.port, key: rig.server.key, connections: Self.connections)
        let start = Machine.nanoseconds()
        try senders.send(0..<events, perRequest: Self.batch)
        try rig.watch.wait(seconds: Self.timeoutSeconds, for: "not all is dispatched") {
            try rig.watch.dispatched() == events
        }
        let seconds = Machine.seconds(since: start)
        sleep(for: Self.settleSeconds)
        let pending = try rig.watch.pending()
        guard pending == events * Self.subscriptions else { throw Failure("\(pending) deliveries wait") }
        report.add(
            Figure(
                name: "webhook-waiting, \(pending) deliveries wait, memory",
                measured: Machine.memoryMebibytes("VmRSS", of: rig.server.id),
                unit: "MiB",
                reference: Figure.Reference(name: "before", value: atRest),
                target: .atMost(Self.target),
                details: [
                    Figure.Detail(
                        name: "anonymous",
                        value: Machine.memoryMebibytes("RssAnon", of: rig.server.id),
                        unit: "MiB"
                    ),
                    Figure.Detail(
                        name: "peak",
                        value: Machine.memoryMebibytes("VmHWM", of: rig.server.id),
                        unit: "MiB"
                    ),
                    Figure.Detail(name: "events", value: Double(events)),
                    Figure.Detail(name: "of subscriptions", value: Double(Self.subscriptions)),
                    Figure.Detail(
                        name: "enqueued and dispatched",
                        value: Double(pending) / seconds,
                        unit: "deliveries/s"
                    ),
                ]
            )
        )
    }
}
