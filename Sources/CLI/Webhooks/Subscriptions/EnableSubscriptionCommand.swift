import ArgumentParser

/// `hookline webhooks enable`
struct EnableSubscriptionCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "enable",
        abstract: "Has events delivered again; what was missed is for 'replay'."
    )

    @Argument(help: "The subscription's id.")
    var id: String

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func run(_ client: any Client, _ console: Console) async throws {
        let subscription = try await client.json(ClientRequest(.post, "webhooks", "subscriptions", id, "enable"))
        SubscriptionView.show(subscription, as: output.format, on: console)
    }
}
