import ArgumentParser
import HooklinePrimitives

/// `hookline experiments observe`
struct ObserveCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "observe",
        abstract: "Posts a number that was measured for a variant.",
        discussion: """
            hookline experiments observe hook-1 --variant question --metric click_rate --trials 3526 --successes 120
            hookline experiments observe hook-1 --variant question --metric watch_time --value 31.5 --user viewer-7
            """
    )

    @Argument(help: "The experiment's id.")
    var id: String

    @Option(help: ArgumentHelp("The variant.", valueName: "key"))
    var variant: String

    @Option(help: ArgumentHelp("The metric.", valueName: "name"))
    var metric: String

    @Option(help: ArgumentHelp("One number.", valueName: "number"))
    var value: Double?

    @Option(help: ArgumentHelp("How often it was tried, instead of --value.", valueName: "count"))
    var trials: Int64?

    @Option(help: ArgumentHelp("How often it succeeded.", valueName: "count"))
    var successes: Int64?

    @Option(
        help: ArgumentHelp(
            "Whom the value was measured with; values of one viewer are not independent.",
            valueName: "id"
        )
    )
    var user: String?

    @Option(
        name: .customLong("id"),
        help: ArgumentHelp("An id: the same one posted again counts once.", valueName: "id")
    )
    var observationID: String?

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func validate() throws {
        switch (value, trials, successes) {
        case (let value?, nil, nil):
            guard value.isFinite else { throw ValidationError("--value is \(value); accepted is a finite number") }
        case (nil, .some, .some):
            guard user == nil else {
                throw ValidationError("--user is for --value; trials are counts over many viewers")
            }
        default: throw ValidationError("give either --value, or both --trials and --successes")
        }
    }

    var body: JSON {
        var body: JSONObject = ["variant": .string(variant), "metric": .string(metric)]
        if let value { body["value"] = .number(value) }
        if let trials { body["trials"] = .integer(trials) }
        if let successes { body["successes"] = .integer(successes) }
        if let user { body["user_id"] = .string(user) }
        if let observationID { body["id"] = .string(observationID) }
        return .object(body)
    }

    func run(_ client: any Client, _ console: Console) async throws {
        let answer = try await client.json(ClientRequest(.post, "experiments", id, "observations", json: body))
        guard output.format == .table else { return console.show(answer) }
        let isDuplicate = (answer["duplicates"]?.integer ?? 0) > 0
        console.line(isDuplicate ? "Counted before, under the same id." : "Accepted.")
    }
}
