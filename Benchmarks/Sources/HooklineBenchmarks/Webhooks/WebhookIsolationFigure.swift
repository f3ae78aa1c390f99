/// Many receivers at a steady rate, of which some never answer: what do the others notice?
struct WebhookIsolationFigure {
    let binary: String
    let folder: String
    let seconds: Double

    private static let receivers = 100
    private static let perSecond = 500.0
    private static let connections = 16
    private static let warmUpSeconds = 3.0
    /// Less than what is measured, so that exchanges end by it and are tried again meanwhile.
    private static let timeoutSeconds = 3
    private static let oneTarget = 1.25
    private static let halfTarget = 2.0
    private static let throughputTarget = 0.95
    /// An event that arrives later than this after the last was due has missed the time that is measured.
    private static let graceSeconds = 1.0
    private static let rounds = 2

    private struct Run {
        var latency = Samples()
        var arrived = 0
        var due = 0
        var details: [Figure.Detail] = []
        var hanging = 0.0

        /// The share of the events to receivers that answer that arrived in time.
        var throughput: Double { Double(arrived) / Double(max(due, 1)) }

        mutating func add(_ run: Run) {
            latency.add(run.latency)
            arrived += run.arrived
            due += run.due
            hanging = max(hanging, run.hanging)
            details = run.details
        }
    }

    func run(_ report: inout Report) throws {
        var runs: [Int: Run] = [0: Run(), 1: Run(), Self.receivers / 2: Run()]
        // By turns, so that whatever else the machine does meets all.
        for _ in 0..<Self.rounds {
            for hanging in runs.keys.sorted() { runs[hanging]?.add(try run(hanging: hanging)) }
        }
        guard let none = runs[0] else { return }
        for (hanging, target) in [(1, Self.oneTarget), (Self.receivers / 2, Self.halfTarget)] {
            guard let run = runs[hanging] else { continue }
            let p99 = (run.latency.p99 / 1000, none.latency.p99 / 1000)
            report.add(
                Figure(
                    name: "webhook-isolation, \(hanging) of \(Self.receivers) hang, p99",
                    measured: p99.0,
                    unit: "ms",
                    reference: Figure.Reference(name: "none hangs", value: p99.1),
                    target: .ratioAtMost(target),
                    details: [
                        Figure.Detail(name: "median", value: run.latency.median / 1000, unit: "ms"),
                        Figure.Detail(name: "without", value: none.latency.median / 1000, unit: "ms"),
                        Figure.Detail(name: "requests that hang", value: run.hanging),
                    ] + run.details
                )
            )
            report.add(
                Figure(
                    name: "    the others' events that arrived in time",
                    measured: run.throughput,
                    unit: "",
                    reference: Figure.Reference(name: "none hangs", value: none.throughput),
                    target: .ratioAtLeast(Self.throughputTarget)
                )
            )
        }
    }

    private func run(hanging: Int) throws -> Run {
        let warmUp = Int(Self.warmUpSeconds * Self.perSecond)
        let measured = Int(seconds * Self.perSecond)
        let rig = try WebhookRig(
            binary: binary,
            folder: folder,
            name: "isolation-\(hanging)-\(Machine.nanoseconds())",
            slots: warmUp + measured
        )
        defer { rig.stop() }
        try rig.subscribe(Self.receivers, isOwnOrigin: true) {
            #","channels":["c\#($0)"],"timeout_seconds":\#(Self.timeoutSeconds)"#
        }
        let senders = DomainEventSenders(
            port: rig.server.port,
            key: rig.server.key,
            connections: Self.connections,
            channel: { "c\($0 % Self.receivers)" }
        )
        let ledger = rig.receiver.ledger
        _ = try senders.send(0..<warmUp, perSecond: Self.perSecond)
        // They have answered until now, so nothing speaks against them.
        ledger[.hangingPaths] = Int64(hanging)
        let shares = rig.shares()
        let paced = try senders.send(warmUp..<(warmUp + measured), perSecond: Self.perSecond)
        sleep(for: Self.graceSeconds)
        var run = Run(details: shares.details(), hanging: Double(ledger[.hanging]))
        let end = (paced.due.last ?? 0) + Int64(Self.graceSeconds * 1e9)
        for (index, due) in paced.due.enumerated() where (warmUp + index) % Self.receivers >= hanging {
            run.due += 1
            let arrival = ledger.arrival(warmUp + index)
            // One that is not there counts as if it came at the end.
            run.latency.add((arrival == 0 ? end : arrival) - due)
            if arrival > 0, arrival <= end { run.arrived += 1 }
        }
        return run
    }
}
