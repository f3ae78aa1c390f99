import ArgumentParser

/// `hookline webhooks delete`
struct DeleteSubscriptionCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Ends a subscription, for ever. Its past deliveries can still be looked at."
    )

    @Argument(help: "The subscription's id.")
    var id: String

    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func run(_ client: any Client, _ console: Console) async throws {
        _ = try await client.succeed(ClientRequest(.delete, "webhooks", "subscriptions", id))
        console.line("Deleted \(id.withoutControls).")
    }
}
