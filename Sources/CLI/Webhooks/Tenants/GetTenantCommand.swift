import ArgumentParser

/// `hookline webhooks tenants get`
struct GetTenantCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "get", abstract: "Shows a tenant.")

    @Argument(help: "The tenant's id.")
    var id: String

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func run(_ client: any Client, _ console: Console) async throws {
        let tenant = try await client.json(ClientRequest(.get, "webhooks", "tenants", id))
        guard output.format == .table else { return console.show(tenant) }
        console.show(TenantView.pairs(tenant))
    }
}
