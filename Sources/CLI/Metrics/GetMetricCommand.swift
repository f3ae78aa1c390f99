import ArgumentParser
import HooklinePrimitives

/// `hookline metrics get`
struct GetMetricCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: "Shows a named metric, and the experiments that use it."
    )

    @Argument(help: "The metric's id.")
    var id: String

    @Option(help: "As it was in this version; the latest without it.")
    var version: Int?

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func run(_ client: any Client, _ console: Console) async throws {
        if let version {
            let metric = try await client.json(ClientRequest(.get, "metrics", id, "versions", "\(version)"))
            return MetricView.show(metric, as: output.format, on: console)
        }
        let metric = try await client.json(ClientRequest(.get, "metrics", id))
        guard output.format == .table else { return console.show(metric) }
        let usages = try await client.items(atMost: Paging.defaultShownItems) { cursor, limit in
            ClientRequest(.get, "metrics", id, "experiments", query: [("limit", "\(limit)"), ("cursor", cursor)])
        }
        console.show(MetricView.pairs(metric) + MetricView.pairs(usages: usages))
    }
}
