/// Requests at a steady rate, sent whether or not earlier ones are answered, and counted from when they were due.
struct PacedLoad: Sendable {
    struct Outcome: Sendable {
        /// From when a request was due.
        var latency = Samples()
        /// The same of each second of the run: where the machine stands still now and then, some seconds are without it.
        var latencyBySecond: [Samples] = []
        /// From when it was sent: what the server takes, without the wait for the answer before it on the connection.
        var service = Samples()
        /// How late a request was at most that had no answer to wait for, in nanoseconds: what the machine is late.
        var latest: Int64 = 0

        /// The 99th percentile of the second where it was lowest, in microseconds.
        var p99OfBestSecond: Double { latencyBySecond.map(\.p99).min() ?? 0 }

        fileprivate mutating func add(_ nanoseconds: Int64, second: Int) {
            latency.add(nanoseconds)
            grow(to: second)
            latencyBySecond[second].add(nanoseconds)
        }

        fileprivate mutating func add(_ samples: Samples, second: Int) {
            grow(to: second)
            latencyBySecond[second].add(samples)
        }

        private mutating func grow(to second: Int) {
            while latencyBySecond.count <= second { latencyBySecond.append(Samples()) }
        }
    }

    private let connections: Int
    /// Connections take them by turns.
    private let ports: [UInt16]
    private let template: @Sendable (inout FastRandom) -> RequestTemplate

    init(
        connections: Int,
        ports: [UInt16],
        template: @escaping @Sendable (_ random: inout FastRandom) -> RequestTemplate
    ) {
        self.connections = connections
        self.ports = ports
        self.template = template
    }

    func run(perSecond: Double, seconds: Double) throws -> Outcome {
        let start = Machine.nanoseconds() + 50_000_000
        let interval = Double(connections) / perSecond * 1e9
        let count = Int(seconds * perSecond) / connections
        let parts = try Threads(connections) { index -> Outcome in
            var random = FastRandom(seed: UInt64(index) &+ 77)
            var request = template(&random)
            let connection = try HTTPConnection(port: ports[index % ports.count])
            var outcome = Outcome()
            var answered: Int64 = 0
            // Each connection has its own place in the interval.
            let first = start + Int64(interval * Double(index) / Double(connections))
            for number in 0..<count {
                let due = first + Int64(Double(number) * interval)
                request.renew(&random)
                sleep(for: Double(due - Machine.nanoseconds()) / 1e9)
                let sent = Machine.nanoseconds()
                if answered < due { outcome.latest = max(outcome.latest, sent - due) }
                let status = try request.withBytes { try connection.exchange($0).status }
                guard (200..<300).contains(status) else { throw Failure("a request is answered with \(status)") }
                answered = Machine.nanoseconds()
                outcome.add(answered - due, second: Int((due - start) / 1_000_000_000))
                outcome.service.add(answered - sent)
            }
            return outcome
        }.values()
        return parts.reduce(into: Outcome()) { sum, part in
            sum.latency.add(part.latency)
            for (second, samples) in part.latencyBySecond.enumerated() { sum.add(samples, second: second) }
            sum.service.add(part.service)
            sum.latest = max(sum.latest, part.latest)
        }
    }
}
