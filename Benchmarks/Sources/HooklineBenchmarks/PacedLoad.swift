/// Requests at a steady rate, sent whether or not earlier ones are answered, and counted from when they were due.
struct PacedLoad: Sendable {
    struct Outcome: Sendable {
        var latency = Samples()
        /// The latest start behind its moment, in nanoseconds.
        var latest: Int64 = 0
    }

    private let connections: Int
    private let port: UInt16
    private let template: @Sendable (inout FastRandom) -> RequestTemplate

    init(
        connections: Int,
        port: UInt16,
        template: @escaping @Sendable (_ random: inout FastRandom) -> RequestTemplate
    ) {
        self.connections = connections
        self.port = port
        self.template = template
    }

    func run(perSecond: Double, seconds: Double) throws -> Outcome {
        let start = Machine.nanoseconds() + 50_000_000
        let interval = Double(connections) / perSecond * 1e9
        let count = Int(seconds * perSecond) / connections
        let parts = try Threads(connections) { index -> Outcome in
            var random = FastRandom(seed: UInt64(index) &+ 77)
            var request = template(&random)
            let connection = try HTTPConnection(port: port)
            var outcome = Outcome()
            // Each connection has its own place in the interval.
            let first = start + Int64(interval * Double(index) / Double(connections))
            for number in 0..<count {
                let due = first + Int64(Double(number) * interval)
                request.renew(&random)
                sleep(for: Double(due - Machine.nanoseconds()) / 1e9)
                outcome.latest = max(outcome.latest, Machine.nanoseconds() - due)
                let status = try request.withBytes { try connection.exchange($0).status }
                guard status == 200 else { throw Failure("a flag is answered with \(status)") }
                outcome.latency.add(Machine.nanoseconds() - due)
            }
            return outcome
        }.values()
        return parts.reduce(into: Outcome()) { sum, part in
            sum.latency.add(part.latency)
            sum.latest = max(sum.latest, part.latest)
        }
    }
}
