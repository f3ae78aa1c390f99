import ArgumentParser
import HooklinePrimitives

/// `hookline webhooks event-types add`
struct AddEventTypeCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Adds a type of events, whose payloads may be checked against a JSON Schema."
    )

    @Argument(help: "Its name, such as invoice.paid.")
    var name: String

    @Option(help: "What events of it tell.")
    var description: String?

    @Option(help: ArgumentHelp("A file with a JSON Schema.", valueName: "path"))
    var schema: String?

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    /// The largest schema.
    static let maximumSchemaBytes = 262_144

    func body() throws(ClientError) -> JSON {
        var body: JSONObject = ["name": .string(name)]
        if let description { body["description"] = .string(description) }
        if let schema {
            let bytes = try InputFile.contents(of: schema, maximumBytes: Self.maximumSchemaBytes)
            do {
                body["schema"] = .raw(try RawJSON(bytes))
            } catch {
                throw .unusable("\(schema) is no JSON \(error)")
            }
        }
        return .object(body)
    }

    func run(_ client: any Client, _ console: Console) async throws {
        let type = try await client.json(ClientRequest(.post, "webhooks", "event-types", json: body()))
        guard output.format == .table else { return console.show(type) }
        console.line("Added \(ExperimentView.text(type["name"]).withoutControls).")
    }
}
