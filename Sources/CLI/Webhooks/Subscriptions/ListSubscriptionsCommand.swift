import ArgumentParser
import HooklinePrimitives

/// `hookline webhooks list`
struct ListSubscriptionsCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists the subscriptions.")

    @Option(help: ArgumentHelp("Only those of a tenant.", valueName: "id"))
    var tenant: String?

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func run(_ client: any Client, _ console: Console) async throws {
        let items = try await client.allItems { cursor in
            let query = [("limit", "\(Paging.itemsPerPage)"), ("cursor", cursor), ("tenant", tenant)]
            return ClientRequest(.get, "webhooks", "subscriptions", query: query)
        }
        guard output.format == .table else { return console.show(["items": .array(items), "next": nil]) }
        guard !items.isEmpty else { return console.line("There are no subscriptions.") }
        console.show(SubscriptionView.table(items))
    }
}
