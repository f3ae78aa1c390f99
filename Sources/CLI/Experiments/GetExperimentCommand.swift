import ArgumentParser
import HooklinePrimitives

/// `hookline experiments get`
struct GetExperimentCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "get", abstract: "Shows an experiment.")

    @Argument(help: "The experiment's id.")
    var id: String

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func run(_ client: any Client, _ console: Console) async throws {
        let experiment = try await client.json(ClientRequest(.get, "experiments", id))
        ExperimentView.show(experiment, as: output.format, on: console)
    }
}
