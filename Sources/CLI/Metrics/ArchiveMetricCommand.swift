import ArgumentParser

/// `hookline metrics archive`
struct ArchiveMetricCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "archive",
        abstract: "Archives a named metric: no experiment can take it any more, and those that use it go on."
    )

    @Argument(help: "The metric's id.")
    var id: String

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func run(_ client: any Client, _ console: Console) async throws {
        let metric = try await client.json(ClientRequest(.post, "metrics", id, "archive"))
        MetricView.show(metric, as: output.format, on: console)
    }
}
