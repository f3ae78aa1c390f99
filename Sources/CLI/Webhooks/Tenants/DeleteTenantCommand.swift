import ArgumentParser

/// `hookline webhooks tenants delete`
struct DeleteTenantCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Deletes a tenant with its subscriptions."
    )

    @Argument(help: "The tenant's id.")
    var id: String

    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func run(_ client: any Client, _ console: Console) async throws {
        _ = try await client.succeed(ClientRequest(.delete, "webhooks", "tenants", id))
        console.line("Deleted \(id.withoutControls).")
    }
}
