import Foundation
import Synchronization

/// Many clients that send events one request after another, each on its own connection and thread.
final class Load: Sendable {
    struct Plan: Sendable {
        let connections: Int
        let port: UInt16
        /// Makes a request; it is asked for several by each client.
        let template: @Sendable (_ random: inout FastRandom) -> RequestTemplate
        var seed: UInt64 = 1

        init(
            connections: Int,
            port: UInt16,
            template: @escaping @Sendable (_ random: inout FastRandom) -> RequestTemplate
        ) {
            self.connections = connections
            self.port = port
            self.template = template
        }

        /// Engagement events.
        init(connections: Int, eventsPerRequest: Int, mix: EventMix, port: UInt16, key: String) {
            self.init(connections: connections, port: port) { random in
                RequestTemplate(events: eventsPerRequest, mix: mix, key: key, random: &random)
            }
        }
    }

    /// What was answered while it was measured.
    struct Outcome: Sendable {
        var requests = 0
        var latency = Samples()
        /// The events of all answered requests, before and after included.
        var sentEvents = 0
    }

    private enum Phase {
        static let warmUp = 0
        static let measured = 1
        static let over = 2
    }

    private let plan: Plan
    private let phase = Atomic<Int>(Phase.warmUp)
    private let outcomes = Mutex<[Result<Outcome, any Error>]>([])
    private let running = DispatchGroup()

    /// Requests that each client keeps ready, so that events differ beyond what is renewed.
    private static let templatesPerClient = 8

    init(_ plan: Plan) {
        self.plan = plan
    }

    func start() {
        for client in 0..<plan.connections {
            running.enter()
            let thread = Thread { [self] in
                let outcome = Result { try send(client) }
                outcomes.withLock { $0.append(outcome) }
                running.leave()
            }
            thread.stackSize = 1 << 20
            thread.start()
        }
    }

    func beginMeasuring() { phase.store(Phase.measured, ordering: .relaxed) }

    /// Lets everybody finish the request under way, and adds up.
    func finish() throws -> Outcome {
        phase.store(Phase.over, ordering: .relaxed)
        running.wait()
        var sum = Outcome()
        for outcome in outcomes.withLock({ $0 }) {
            let outcome = try outcome.get()
            sum.requests += outcome.requests
            sum.latency.add(outcome.latency)
            sum.sentEvents += outcome.sentEvents
        }
        return sum
    }

    private func send(_ client: Int) throws -> Outcome {
        var random = FastRandom(seed: plan.seed &* 1_000_003 &+ UInt64(client) &* 7919)
        var templates = (0..<Self.templatesPerClient).map { _ in plan.template(&random) }
        let connection = try HTTPConnection(port: plan.port)
        var outcome = Outcome()
        var next = 0
        while phase.load(ordering: .relaxed) != Phase.over {
            templates[next].renew(&random)
            let start = Machine.nanoseconds()
            let answer = try templates[next].withBytes { try connection.exchange($0) }
            guard (200..<300).contains(answer.status) else {
                throw Failure(
                    "events are answered with \(answer.status): \(String(decoding: answer.body, as: UTF8.self))"
                )
            }
            outcome.sentEvents += templates[next].events
            if phase.load(ordering: .relaxed) == Phase.measured {
                outcome.requests += 1
                outcome.latency.add(Machine.nanoseconds() - start)
            }
            next = (next + 1) % templates.count
        }
        return outcome
    }
}
