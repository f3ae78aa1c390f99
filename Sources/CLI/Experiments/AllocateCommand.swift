import ArgumentParser
import HooklinePrimitives

/// `hookline experiments allocate`
struct AllocateCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "allocate",
        abstract: "Asks which variant a unit sees, and counts it as exposed."
    )

    @Argument(help: "The experiment's id.")
    var id: String

    @Option(help: ArgumentHelp("The viewer.", valueName: "id"))
    var user: String?

    @Option(help: ArgumentHelp("The content, where that is what is randomised.", valueName: "id"))
    var content: String?

    @Option(
        name: .customLong("attribute"),
        parsing: .singleValue,
        help: ArgumentHelp("An attribute of the request; may be given several times.", valueName: "name=value")
    )
    var attributes: [AttributeArgument] = []

    @Flag(help: "Only asks: the unit is not counted as exposed.")
    var noExposure = false

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func validate() throws {
        guard user != nil || content != nil || !attributes.isEmpty else {
            throw ValidationError("whom is it for? Give --user, --content or --attribute")
        }
    }

    var body: JSON {
        var body = JSONObject()
        if let user { body["user_id"] = .string(user) }
        if let content { body["content_id"] = .string(content) }
        if !attributes.isEmpty {
            var values = JSONObject()
            for attribute in attributes { values[attribute.name] = .string(attribute.value) }
            body["attributes"] = .object(values)
        }
        if noExposure { body["expose"] = false }
        return .object(body)
    }

    func run(_ client: any Client, _ console: Console) async throws {
        let answer = try await client.json(ClientRequest(.post, "experiments", id, "allocate", json: body))
        guard output.format == .table else { return console.show(answer) }
        console.show([
            ("variant", ExperimentView.text(answer["variant"])),
            ("in experiment", answer["in_experiment"] == true ? "yes" : "no"),
            ("reason", ExperimentView.text(answer["reason"]).replacing("_", with: " ")),
            ("exposed", answer["exposed"] == true ? "yes" : "no"),
            ("version", ExperimentView.text(answer["version"])),
        ])
    }
}

/// `name=value`
struct AttributeArgument: ExpressibleByArgument, Equatable {
    let name: String
    let value: String

    init?(argument: String) {
        guard let equals = argument.firstIndex(of: "="), equals > argument.startIndex else { return nil }
        name = String(argument[..<equals])
        value = String(argument[argument.index(after: equals)...])
    }
}
