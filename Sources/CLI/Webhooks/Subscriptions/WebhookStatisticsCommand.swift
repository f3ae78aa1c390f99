import ArgumentParser
import HooklinePrimitives

/// `hookline webhooks stats`
struct WebhookStatisticsCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Shows how deliveries went, to one subscription or in all."
    )

    @Argument(help: "The subscription's id; all without it.")
    var subscription: String?

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func run(_ client: any Client, _ console: Console) async throws {
        let request =
            if let subscription {
                ClientRequest(.get, "webhooks", "subscriptions", subscription, "stats")
            } else {
                ClientRequest(.get, "webhooks", "stats")
            }
        let statistics = try await client.json(request)
        guard output.format == .table else { return console.show(statistics) }
        console.show(Self.pairs(statistics))
    }

    static func pairs(_ json: JSON) -> [(name: String, value: String)] {
        let counts = [
            "total_subscriptions", "active_subscriptions", "total_deliveries", "successful_deliveries",
            "failed_deliveries", "pending_deliveries", "attempts", "waiting_events",
        ]
        var pairs: [(name: String, value: String)] = []
        for name in counts {
            guard let count = json[name]?.integer else { continue }
            pairs.append((name.replacing("_", with: " "), NumberText.whole(count)))
        }
        let rate = json["success_rate"]?.double
        pairs.append(("success rate", rate.map { "\(NumberText.short($0)) %" } ?? "-"))
        if let since = json["failing_since"]?.string { pairs.append(("failing since", since)) }
        if let latency = json["latency_milliseconds"]?.object {
            let quantiles = ["p50", "p90", "p95", "p99", "maximum"].map { name in
                "\(name) \(NumberText.significant(latency[name]?.double, digits: 3)) ms"
            }
            let attempts = latency["attempts"]?.integer ?? 0
            let names = quantiles.joined(separator: ", ")
            pairs.append(("latency", "\(names) (of the last \(NumberText.count(Int(attempts), "attempt")))"))
        }
        return pairs
    }
}
