import ArgumentParser
import HooklinePrimitives

/// `hookline webhooks tenants update`
struct UpdateTenantCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "update",
        abstract: "Changes a tenant. What is not given stays as it is."
    )

    @Argument(help: "The tenant's id.")
    var id: String

    @OptionGroup var tenant: TenantOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func validate() throws {
        guard !tenant.members.isEmpty else {
            throw ValidationError("there is nothing to change; give --name or --metadata")
        }
    }

    func run(_ client: any Client, _ console: Console) async throws {
        // The server replaces a tenant as a whole.
        let before = try await client.json(ClientRequest(.get, "webhooks", "tenants", id))
        var body = JSONObject()
        for name in ["name", "metadata"] { body[name] = tenant.members[name] ?? before[name] }
        let after = try await client.json(ClientRequest(.put, "webhooks", "tenants", id, json: .object(body)))
        guard output.format == .table else { return console.show(after) }
        console.show(TenantView.pairs(after))
    }
}
