import ArgumentParser
import HooklinePrimitives

/// `hookline experiments start`
struct StartExperimentCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "start",
        abstract: "Starts an experiment, or resumes a paused one."
    )

    @Argument(help: "The experiment's id.")
    var id: String

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func run(_ client: any Client, _ console: Console) async throws {
        let experiment = try await client.json(ClientRequest(.post, "experiments", id, "start"))
        ExperimentView.show(experiment, as: output.format, on: console)
    }
}
