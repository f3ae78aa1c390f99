/// Flags over HTTP by OpenFeature's protocol, one a request, against a route of the same server that does nothing.
struct FlagFigures {
    let binary: String
    let folder: String
    let seconds: Double

    private static let ratioTarget = 0.5
    private static let latencyTarget = 5.0
    private static let clients = 32
    private static let pacedClients = 16
    private static let rounds = 3
    static let flag = "new-player"

    private static let feature = """
        {"defaultValue": "old", "rules": [{"key": "player-test", "variations": ["old", "new"], "hashVersion": 2,
        "namespace": ["players", 0, 0.8], "condition": {"country": {"$in": ["DE", "AT", "CH", "FR"]}, "age": {"$gte": 18}},
        "meta": [{"key": "control"}, {"key": "treatment"}]}]}
        """

    func run(_ report: inout Report) throws {
        let server = try ServerProcess(binary: binary, database: "\(folder)/flags.db", folder: folder)
        defer { server.stop() }
        _ = try HTTPConnection(port: server.port)
            .send("PUT", "/v1/features/\(Self.flag)", key: server.key, body: Self.feature)
        let (returning, details) = try share(of: .returning, server)
        report.add(
            Figure(
                name: "ofrep, one flag, \(EventMix.users) viewers",
                measured: returning.rate,
                unit: "requests/s",
                reference: Figure.Reference(name: "GET /healthz", value: returning.ceiling),
                target: .ratioAtLeast(Self.ratioTarget),
                details: details
            )
        )
        try latency(server, perSecond: returning.rate / 2, &report)
        let (new, more) = try share(of: .new, server)
        report.add(
            Figure(
                name: "    each viewer is new, and is exposed",
                measured: new.rate,
                unit: "requests/s",
                reference: Figure.Reference(name: "GET /healthz", value: new.ceiling),
                details: more
            )
        )
    }

    /// Flags and the route that does nothing, by turns, as the machine is not the same from second to second.
    private func share(
        of viewer: RequestTemplate.Viewer,
        _ server: ServerProcess
    ) throws -> ((rate: Double, ceiling: Double), [Figure.Detail]) {
        let (port, key, share) = (server.port, server.key, CPUShare(server: server.id))
        var bare: [Double] = []
        var flags: [Double] = []
        for _ in 0..<Self.rounds {
            bare.append(try rate(port) { _ in RequestTemplate(get: "/healthz", key: key) })
            flags.append(try rate(port) { _ in RequestTemplate(flag: Self.flag, viewer: viewer, key: key) })
        }
        return ((Self.median(flags), Self.median(bare)), share.details())
    }

    /// At half of what saturates the machine, at a steady rate; against what any server comes to that takes as long for a request.
    private func latency(_ server: ServerProcess, perSecond: Double, _ report: inout Report) throws {
        let key = server.key
        let load = PacedLoad(connections: Self.pacedClients, ports: [server.port]) { _ in
            RequestTemplate(flag: Self.flag, viewer: .returning, key: key)
        }
        _ = try load.run(perSecond: perSecond, seconds: 1)
        let share = CPUShare(server: server.id)
        let outcome = try load.run(perSecond: perSecond, seconds: seconds)
        let cpuSeconds = share.seconds().server / Double(max(outcome.latency.count, 1))
        let equal = try EqualWork(folder: folder, connections: Self.pacedClients, perSecond: perSecond)
            .run(cpuSeconds: cpuSeconds, seconds: seconds)
        report.add(
            Figure(
                name: "ofrep, at half of the saturation rate, p99",
                measured: outcome.latency.p99 / 1000,
                unit: "ms",
                reference: Figure.Reference(name: "a bare loop that works as long", value: equal.latency.p99 / 1000),
                target: .atMost(Self.latencyTarget),
                details: [
                    Figure.Detail(name: "rate", value: perSecond, unit: "requests/s"),
                    Figure.Detail(name: "CPU of a request", value: cpuSeconds * 1e6, unit: "us"),
                    Figure.Detail(name: "p99 of its best second", value: outcome.p99OfBestSecond / 1000, unit: "ms"),
                    Figure.Detail(name: "p50", value: outcome.latency.median / 1000, unit: "ms"),
                    Figure.Detail(name: "slowest", value: outcome.latency.microseconds(quantile: 1) / 1000, unit: "ms"),
                    Figure.Detail(name: "p99 from its sending", value: outcome.service.p99 / 1000, unit: "ms"),
                    Figure.Detail(
                        name: "the sender's own delay, at most",
                        value: Double(outcome.latest) / 1e6,
                        unit: "ms"
                    ),
                    Figure.Detail(name: "p50 of the bare loop", value: equal.latency.median / 1000, unit: "ms"),
                ]
            )
        )
    }

    private func rate(
        _ port: UInt16,
        _ template: @escaping @Sendable (inout FastRandom) -> RequestTemplate
    ) throws -> Double {
        let load = Load(Load.Plan(connections: Self.clients, port: port, template: template))
        load.start()
        sleep(for: 0.5)
        let start = Machine.nanoseconds()
        load.beginMeasuring()
        sleep(for: max(1, seconds / 3))
        let elapsed = Machine.seconds(since: start)
        return Double(try load.finish().requests) / elapsed
    }

    private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}
