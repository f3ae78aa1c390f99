import ArgumentParser
import HooklinePrimitives

/// `hookline experiments halt`
struct HaltArmCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "halt",
        abstract: "Stops an arm while the others go on: its units see control from now on."
    )

    @Argument(help: "The experiment's id.")
    var id: String

    @Option(help: ArgumentHelp("Any variant but control.", valueName: "key"))
    var variant: String

    @Option(help: ArgumentHelp("Why, for whoever reads it later.", valueName: "text"))
    var reason: String

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func run(_ client: any Client, _ console: Console) async throws {
        let body: JSON = ["variant": .string(variant), "reason": .string(reason)]
        let experiment = try await client.json(ClientRequest(.post, "experiments", id, "halt", json: body))
        ExperimentView.show(experiment, as: output.format, on: console)
    }
}
