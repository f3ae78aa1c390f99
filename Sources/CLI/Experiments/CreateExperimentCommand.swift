import ArgumentParser
import HooklinePrimitives

/// `hookline experiments create`
struct CreateExperimentCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Defines an experiment, which begins when it is started.",
        discussion: """
            hookline experiments create hook-1 --name "Question or claim" --variant control --variant question \
            --metric click_rate:proportion:click
            """
    )

    @Argument(help: "The experiment's id; with --file it may be left out.")
    var id: String?

    @OptionGroup(title: "Definition") var definition: DefinitionOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func validate() throws {
        guard definition.file == nil else { return }
        guard id != nil else { throw ValidationError("an experiment needs an ID, or a --file that has one") }
        guard definition.variants.count >= 2 else {
            throw ValidationError("an experiment compares at least two variants: give --variant twice or more")
        }
    }

    /// The definition with its id. Without a name the id is the name.
    func body() throws -> JSONObject {
        var body = try definition.body()
        if let id { body["id"] = .string(id) }
        if body["name"] == nil, let id = body["id"] { body["name"] = id }
        return body
    }

    func run(_ client: any Client, _ console: Console) async throws {
        let experiment = try await client.json(ClientRequest(.post, "experiments", json: .object(try body())))
        ExperimentView.show(experiment, as: output.format, on: console)
        if let id = experiment["id"]?.string { console.note("Next: hookline experiments start \(id)") }
    }
}
