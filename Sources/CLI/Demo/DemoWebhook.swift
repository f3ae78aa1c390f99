import HooklinePrimitives
import HooklineWebhooks
import NIOCore
import Synchronization

/// Lets the decisions of a demonstration arrive as webhooks, at a sink of this process that checks their signatures.
final class DemoWebhook: Sendable {
    /// A decision that arrived.
    struct Arrival: Sendable {
        let isVerified: Bool
        let winner: String?
        let at: ContinuousClock.Instant
    }

    private let sink: WebhookSink
    private let server: SinkServer
    private let arrivals: Arrivals
    private let client: any Client
    private let subscription: String

    private static let eventType = "experiment.concluded"
    private static let maximumWait = Duration.seconds(10)
    private static let pollInterval = Duration.milliseconds(5)

    private final class Arrivals: Sendable {
        let byExperiment = Mutex<[String: Arrival]>([:])
    }

    /// Subscribes to decisions. Where the server may not deliver to this machine, says so in a line instead.
    static func subscribe(_ client: any Client) async throws -> (webhook: DemoWebhook?, line: String) {
        guard client.place.hasPrefix("http") else {
            return (nil, "No server runs here, so no webhook is delivered.")
        }
        let secret = SigningSecret.generate()
        let arrivals = Arrivals()
        let script = SinkScript(.status(204))
        let sink = WebhookSink(script, verifier: try WebhookVerifier(secrets: [secret.text])) { request in
            arrivals.byExperiment.withLock { known in
                guard let data = (try? JSON.parse(request.body))?["data"], let id = data["experiment_id"]?.string else {
                    return
                }
                known[id] = Arrival(
                    isVerified: request.verification == .verified,
                    winner: data["winner"]?.string,
                    at: .now
                )
            }
        }
        let server = try await SinkServer(sink, SinkResponder(script), host: "127.0.0.1", port: 0)
        let url = "http://127.0.0.1:\(server.port)/decisions"
        let body: JSON = [
            "url": .string(url), "events": [.string(eventType)], "secret": .string(secret.text),
            "description": "the demonstration's sink",
        ]
        let answer = try await client.send(ClientRequest(.post, "webhooks", "subscriptions", json: body))
        guard answer.isSuccess, let id = try answer.json(from: client.place)["id"]?.string else {
            await server.stop()
            let problem = ServerProblem(answer)
            return (nil, "No webhook of the decisions: \(problem.detail) (see --allow-webhook-network)")
        }
        let webhook = DemoWebhook(sink, server, arrivals, client, id)
        return (webhook, "Decisions are delivered, signed, to a sink at \(url).")
    }

    private init(
        _ sink: WebhookSink,
        _ server: SinkServer,
        _ arrivals: Arrivals,
        _ client: any Client,
        _ subscription: String
    ) {
        (self.sink, self.server, self.arrivals) = (sink, server, arrivals)
        (self.client, self.subscription) = (client, subscription)
    }

    /// Waits for the decision about an experiment; nil where it does not come.
    func arrival(of experiment: String) async throws -> Arrival? {
        let deadline = ContinuousClock.now + Self.maximumWait
        while ContinuousClock.now < deadline {
            if let arrival = arrivals.byExperiment.withLock({ $0[experiment] }) { return arrival }
            try await Task.sleep(for: Self.pollInterval)
        }
        return nil
    }

    /// Takes the subscription back.
    func end() async {
        // The demonstration is over either way.
        _ = try? await client.send(ClientRequest(.delete, "webhooks", "subscriptions", subscription))
        await server.stop()
    }
}

extension DemoWebhook.Arrival {
    /// What arrived, and how long after the decision.
    func line(_ experiment: String, decidedAt: ContinuousClock.Instant) -> String {
        let signature = isVerified ? "signature verified" : "SIGNATURE NOT VERIFIED"
        let decision = winner.map { "winner \($0)" } ?? "no winner"
        let delay = NumberText.duration(at - decidedAt < .zero ? .zero : at - decidedAt)
        return "webhook experiment.concluded of \(experiment): \(decision), \(signature), \(delay) after the decision"
    }
}
