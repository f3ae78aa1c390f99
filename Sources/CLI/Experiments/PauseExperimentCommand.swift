import ArgumentParser
import HooklinePrimitives

/// `hookline experiments pause`
struct PauseExperimentCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Lets no new units into an experiment; those in it are measured on."
    )

    @Argument(help: "The experiment's id.")
    var id: String

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func run(_ client: any Client, _ console: Console) async throws {
        let experiment = try await client.json(ClientRequest(.post, "experiments", id, "pause"))
        ExperimentView.show(experiment, as: output.format, on: console)
    }
}
