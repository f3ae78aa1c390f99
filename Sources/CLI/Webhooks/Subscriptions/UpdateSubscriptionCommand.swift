import ArgumentParser
import HooklinePrimitives

/// `hookline webhooks update`
struct UpdateSubscriptionCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "update",
        abstract: "Changes a subscription. What is not given stays as it is."
    )

    @Argument(help: "The subscription's id.")
    var id: String

    @Option(help: ArgumentHelp("Where events are posted to.", valueName: "url"))
    var url: String?

    @OptionGroup(title: "Definition") var definition: SubscriptionOptions

    @Flag(help: "Shows what the server answered.")
    var json = false

    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func body() throws -> JSONObject {
        var body = try definition.members()
        if let url { body["url"] = .string(url) }
        return body
    }

    func run(_ client: any Client, _ console: Console) async throws {
        let body = try body()
        guard !body.isEmpty else { throw ValidationError("there is nothing to change; give one of the options") }
        let request = ClientRequest(.patch, "webhooks", "subscriptions", id, json: .object(body))
        let subscription = try await client.json(request)
        SubscriptionView.show(subscription, as: json ? .json : .table, on: console)
        if url != nil, subscription["disabled_reason"] == "unverified" {
            console.note("Next: hookline webhooks verify-subscription \(id)")
        }
    }
}
