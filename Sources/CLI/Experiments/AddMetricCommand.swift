import ArgumentParser
import HooklinePrimitives

/// `hookline experiments add-metric`
struct AddMetricCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "add-metric",
        abstract: "Adds a metric to an experiment that has begun; it is measured from the start.",
        discussion: """
            The metric is built from the log in the background. It is marked as added later, and stands outside of the \
            tests whose p-values are adjusted together: whoever adds one has seen results already.
            """
    )

    @Argument(help: "The experiment's id.")
    var id: String

    @Argument(
        help: ArgumentHelp(
            "NAME:KIND:EVENT[:PROPERTY], or a JSON object for every kind and setting.",
            valueName: "metric"
        )
    )
    var metric: MetricArgument

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func run(_ client: any Client, _ console: Console) async throws {
        let request = ClientRequest(.post, "experiments", id, "metrics", json: metric.json)
        ExperimentView.show(try await client.json(request), as: output.format, on: console)
    }
}
