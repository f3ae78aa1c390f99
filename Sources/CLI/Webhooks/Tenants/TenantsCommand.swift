import ArgumentParser

/// `hookline webhooks tenants`
struct TenantsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tenants",
        abstract: "Lists, adds, changes and deletes tenants, who have events and subscriptions of their own.",
        subcommands: [
            ListTenantsCommand.self, GetTenantCommand.self, AddTenantCommand.self, UpdateTenantCommand.self,
            DeleteTenantCommand.self,
        ],
        defaultSubcommand: ListTenantsCommand.self
    )
}
