import ArgumentParser
import HooklinePrimitives

/// `hookline webhooks tenants list`
struct ListTenantsCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists the tenants.")

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func run(_ client: any Client, _ console: Console) async throws {
        let items = try await client.allItems { cursor in
            let query = [("limit", "\(Paging.itemsPerPage)"), ("cursor", cursor)]
            return ClientRequest(.get, "webhooks", "tenants", query: query)
        }
        guard output.format == .table else { return console.show(["items": .array(items), "next": nil]) }
        guard !items.isEmpty else { return console.line("There are no tenants.") }
        console.show(TenantView.table(items))
    }
}
