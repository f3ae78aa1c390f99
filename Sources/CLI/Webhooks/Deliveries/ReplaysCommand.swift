import ArgumentParser
import HooklinePrimitives

/// `hookline webhooks replays`
struct ReplaysCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "replays", abstract: "Lists the replays.")

    @Option(help: ArgumentHelp("Only those to a subscription.", valueName: "id"))
    var subscription: String?

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func run(_ client: any Client, _ console: Console) async throws {
        let items = try await client.allItems { cursor in
            let limit = "\(Paging.itemsPerPage)"
            let query = [("limit", limit), ("cursor", cursor), ("subscription_id", subscription)]
            return ClientRequest(.get, "webhooks", "replays", query: query)
        }
        guard output.format == .table else { return console.show(["items": .array(items), "next": nil]) }
        guard !items.isEmpty else { return console.line("There are no replays.") }
        var table = Table([
            .text("replay"), .text("subscription", isElastic: true), .text("state"), .text("scope"),
            .number("deliveries"), .number("next"), .number("end"), .text("created"),
        ])
        for json in items {
            table.add([
                ExperimentView.text(json["id"]), ExperimentView.text(json["subscription_id"]),
                ExperimentView.text(json["state"]), ExperimentView.text(json["scope"]),
                NumberText.whole(json["scheduled"]?.integer ?? 0), ExperimentView.text(json["next_position"]),
                ExperimentView.text(json["end_position"]), String(ExperimentView.text(json["created_at"]).prefix(19)),
            ])
        }
        console.show(table)
    }
}

/// `hookline webhooks cancel-replay`
struct CancelReplayCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel-replay",
        abstract: "Ends a replay. What it has begun is still delivered."
    )

    @Argument(help: "The replay's id.")
    var id: String

    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func run(_ client: any Client, _ console: Console) async throws {
        let replay = try await client.json(ClientRequest(.post, "webhooks", "replays", id, "cancel"))
        console.line("\(ExperimentView.text(replay["id"]).withoutControls) is \(ExperimentView.text(replay["state"])).")
    }
}
