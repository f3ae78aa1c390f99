import ArgumentParser

/// `hookline webhooks verify-subscription`
struct VerifySubscriptionCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify-subscription",
        abstract: "Asks the receiver whether it wants events, and enables the subscription."
    )

    @Argument(help: "The subscription's id.")
    var id: String

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func run(_ client: any Client, _ console: Console) async throws {
        let subscription = try await client.json(ClientRequest(.post, "webhooks", "subscriptions", id, "verify"))
        SubscriptionView.show(subscription, as: output.format, on: console)
    }
}
