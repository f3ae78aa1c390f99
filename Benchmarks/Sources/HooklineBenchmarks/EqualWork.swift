import Foundation

/// Receivers that do nothing but compute for as long as a server takes for a request, and answer: what any server with that need of
/// CPU comes to on the machine. Where its cores are shared with others, that is more than one would think.
struct EqualWork {
    private let receivers: [ReceiverProcess]
    private let connections: Int
    private let perSecond: Double

    /// As many as the machine has cores.
    init(folder: String, connections: Int, perSecond: Double) throws {
        receivers = try (0..<Machine.cores).map { _ in try ReceiverProcess(folder: folder, slots: 1) }
        self.connections = connections
        self.perSecond = perSecond
    }

    /// - Parameter cpuSeconds: what a request takes.
    func run(cpuSeconds: Double, seconds: Double) throws -> PacedLoad.Outcome {
        let idle = try run(work: 0, seconds: 1).cpuSeconds
        let trial = try run(work: Self.trialWork, seconds: 1).cpuSeconds
        let needed = (cpuSeconds - idle) / max(trial - idle, 1e-9) * Double(Self.trialWork)
        return try run(work: Int64(min(max(needed, 0), Self.maximumWork)), seconds: seconds).outcome
    }

    private func run(work: Int64, seconds: Double) throws -> (outcome: PacedLoad.Outcome, cpuSeconds: Double) {
        for receiver in receivers { receiver.ledger[.work] = work }
        let shares = receivers.map { CPUShare(server: $0.id) }
        let load = PacedLoad(connections: connections, ports: receivers.map(\.port)) { _ in
            RequestTemplate(get: "/0", key: "")
        }
        let outcome = try load.run(perSecond: perSecond, seconds: seconds)
        let sum = shares.map { $0.seconds().server }.reduce(0, +)
        return (outcome, sum / Double(max(outcome.latency.count, 1)))
    }

    /// Steps of a generator of random numbers, of which each takes about a nanosecond.
    private static let trialWork: Int64 = 50_000
    private static let maximumWork = 100_000_000.0
}
