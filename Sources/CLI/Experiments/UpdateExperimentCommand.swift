import ArgumentParser
import HooklinePrimitives

/// `hookline experiments update`
struct UpdateExperimentCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "update",
        abstract: "Changes parts of an experiment.",
        discussion: "What decides who sees what makes a new version of an experiment that has begun."
    )

    @Argument(help: "The experiment's id.")
    var id: String

    @OptionGroup(title: "What to change") var definition: DefinitionOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func validate() throws {
        guard definition.file != nil || !definition.members.isEmpty else {
            throw ValidationError("there is nothing to change: give --name, --split or another part")
        }
    }

    func run(_ client: any Client, _ console: Console) async throws {
        let body = JSON.object(try definition.body())
        let experiment = try await client.json(ClientRequest(.patch, "experiments", id, json: body))
        ExperimentView.show(experiment, as: output.format, on: console)
    }
}
