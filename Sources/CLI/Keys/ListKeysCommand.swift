import ArgumentParser
import HooklinePrimitives

/// `hookline keys list`
struct ListKeysCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists the keys, without secrets.")

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func run(_ client: any Client, _ console: Console) async throws {
        let items = try await client.allItems { cursor in
            ClientRequest(.get, "keys", query: [("limit", "\(Paging.itemsPerPage)"), ("cursor", cursor)])
        }
        guard output.format == .table else { return console.show(["items": .array(items), "next": nil]) }
        guard !items.isEmpty else { return console.line("There are no keys.") }
        var table = Table([
            .text("id"), .text("name", isElastic: true), .text("scope"), .text("created"), .text("last used"),
        ])
        for key in items {
            let lastUsed = ExperimentView.text(key["last_used_at"])
            table.add([
                ExperimentView.text(key["id"]), ExperimentView.text(key["name"]), ExperimentView.text(key["scope"]),
                ExperimentView.text(key["created_at"]), lastUsed.isEmpty ? "never" : lastUsed,
            ])
        }
        console.show(table)
    }
}
