/// One event that very many subscriptions ask for, all of one receiver.
struct WebhookFanoutFigure {
    let binary: String
    let folder: String

    private static let subscriptions = 10_000
    private static let acceptedTarget = 250.0
    private static let deliveredTarget = 5.0
    private static let timeoutSeconds = 120.0

    func run(_ report: inout Report) throws {
        let rig = try WebhookRig(
            binary: binary,
            folder: folder,
            name: "fanout",
            slots: Self.subscriptions,
            isByPath: true
        )
        defer { rig.stop() }
        let setUp = Machine.nanoseconds()
        try rig.subscribe(Self.subscriptions)
        let setUpSeconds = Machine.seconds(since: setUp)
        let connection = try HTTPConnection(port: rig.server.port)
        // What was announced by the last subscriptions is read by now.
        sleep(for: 2)
        let (shares, start) = (rig.shares(), Machine.nanoseconds())
        _ = try connection.send("POST", DomainEventSenders.path, key: rig.server.key, body: DomainEventShape.json(0))
        let accepted = Machine.nanoseconds() - start
        let ledger = rig.receiver.ledger
        guard ledger.wait(seconds: Self.timeoutSeconds, until: { ledger[.answered] >= Int64(Self.subscriptions) })
        else {
            throw Failure("\(ledger[.answered]) of \(Self.subscriptions) deliveries arrived")
        }
        let arrivals = ledger.arrivals()
        guard arrivals.count == Self.subscriptions, let last = arrivals.max(), let first = arrivals.min() else {
            throw Failure("\(arrivals.count) of \(Self.subscriptions) subscriptions were delivered to")
        }
        try rig.watch.wait(seconds: Self.timeoutSeconds, for: "not all is noted") {
            try rig.watch.successes() == Self.subscriptions
        }
        let noted = Machine.seconds(since: start)
        let details = shares.details()
        report.add(
            Figure(
                name: "webhook-fanout, 1 to \(Self.subscriptions), accepted",
                measured: Double(accepted) / 1e6,
                unit: "ms",
                target: .atMost(Self.acceptedTarget),
                details: [
                    Figure.Detail(
                        name: "subscribed before",
                        value: Double(Self.subscriptions) / setUpSeconds,
                        unit: "/s"
                    )
                ]
            )
        )
        report.add(
            Figure(
                name: "    all delivered",
                measured: Double(last - start) / 1e9,
                unit: "s",
                target: .atMost(Self.deliveredTarget),
                details: [
                    Figure.Detail(name: "first after", value: Double(first - start) / 1e6, unit: "ms"),
                    Figure.Detail(name: "all noted after", value: noted, unit: "s"),
                    Figure.Detail(name: "connections", value: Double(ledger[.connections])),
                    Figure.Detail(
                        name: "memory of the server",
                        value: Machine.memoryMebibytes("VmRSS", of: rig.server.id),
                        unit: "MiB"
                    ),
                ] + details
            )
        )
    }
}
