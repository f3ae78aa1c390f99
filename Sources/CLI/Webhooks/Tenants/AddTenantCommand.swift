import ArgumentParser
import HooklinePrimitives

/// `hookline webhooks tenants add`
struct AddTenantCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Adds a tenant.",
        discussion: "hookline webhooks tenants add acme --name Acme"
    )

    @Argument(help: "The id that events and subscriptions name.")
    var id: String

    @OptionGroup var tenant: TenantOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    var body: JSONObject {
        var body: JSONObject = ["id": .string(id)]
        for member in tenant.members { body[member.key] = member.value }
        return body
    }

    func run(_ client: any Client, _ console: Console) async throws {
        let added = try await client.json(ClientRequest(.post, "webhooks", "tenants", json: .object(body)))
        guard output.format == .table else { return console.show(added) }
        console.line("Added \(ExperimentView.text(added["id"]).withoutControls).")
    }
}
