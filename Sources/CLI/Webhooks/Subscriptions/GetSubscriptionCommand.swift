import ArgumentParser

/// `hookline webhooks get`
struct GetSubscriptionCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: "Shows a subscription."
    )

    @Argument(help: "The subscription's id.")
    var id: String

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func run(_ client: any Client, _ console: Console) async throws {
        let subscription = try await client.json(ClientRequest(.get, "webhooks", "subscriptions", id))
        SubscriptionView.show(subscription, as: output.format, on: console)
    }
}
