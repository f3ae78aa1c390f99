import ArgumentParser

/// `hookline metrics restore`
struct RestoreMetricCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Takes a named metric out of the archive."
    )

    @Argument(help: "The metric's id.")
    var id: String

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func run(_ client: any Client, _ console: Console) async throws {
        let metric = try await client.json(ClientRequest(.post, "metrics", id, "restore"))
        MetricView.show(metric, as: output.format, on: console)
    }
}
