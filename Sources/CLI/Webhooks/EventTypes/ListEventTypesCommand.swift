import ArgumentParser
import HooklinePrimitives

/// `hookline webhooks event-types list`
struct ListEventTypesCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists the types of events.")

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func run(_ client: any Client, _ console: Console) async throws {
        let items = try await client.allItems { cursor in
            let query = [("limit", "\(Paging.itemsPerPage)"), ("cursor", cursor)]
            return ClientRequest(.get, "webhooks", "event-types", query: query)
        }
        guard output.format == .table else { return console.show(["items": .array(items), "next": nil]) }
        guard !items.isEmpty else { return console.line("There are no types of events.") }
        var table = Table([
            .text("type"), .text("origin"), .text("schema"), .text("description", isElastic: true),
        ])
        for json in items {
            let origin = json["built_in"] == true ? "built in" : json["archived"] == true ? "archived" : "added"
            table.add([
                ExperimentView.text(json["name"]), origin, json["schema"]?.isNull == false ? "yes" : "",
                ExperimentView.text(json["description"]),
            ])
        }
        console.show(table)
    }
}
