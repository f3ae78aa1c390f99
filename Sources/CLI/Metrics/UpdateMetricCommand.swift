import ArgumentParser
import HooklinePrimitives

/// `hookline metrics update`
struct UpdateMetricCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "update",
        abstract: "Changes a named metric. What is not given stays as it is.",
        discussion: "A change makes a new version; experiments go on with the one that they have taken."
    )

    @Argument(help: "The metric's id.")
    var id: String

    @OptionGroup(title: "What to change") var definition: MetricOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func validate() throws {
        guard definition.file != nil || !definition.members.isEmpty else {
            throw ValidationError("there is nothing to change: give --window, --role or another part")
        }
    }

    func run(_ client: any Client, _ console: Console) async throws {
        let body = JSON.object(try definition.body())
        let metric = try await client.json(ClientRequest(.patch, "metrics", id, json: body))
        MetricView.show(metric, as: output.format, on: console)
    }
}
