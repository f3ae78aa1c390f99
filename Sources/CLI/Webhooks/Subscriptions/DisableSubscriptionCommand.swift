import ArgumentParser

/// `hookline webhooks disable`
struct DisableSubscriptionCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "disable",
        abstract: "Has no events delivered until it is enabled."
    )

    @Argument(help: "The subscription's id.")
    var id: String

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func run(_ client: any Client, _ console: Console) async throws {
        let subscription = try await client.json(ClientRequest(.post, "webhooks", "subscriptions", id, "disable"))
        SubscriptionView.show(subscription, as: output.format, on: console)
    }
}
