import ArgumentParser
import HooklinePrimitives

/// `hookline webhooks explain`
struct ExplainCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Says why an event did, or did not, arrive at each subscription."
    )

    @Argument(help: "The event's id.")
    var event: String

    @Option(help: ArgumentHelp("Only this subscription.", valueName: "id"))
    var subscription: String?

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func run(_ client: any Client, _ console: Console) async throws {
        let query = [("subscription_id", subscription)]
        let answer = try await client.json(
            ClientRequest(.get, "webhooks", "events", event, "explain", query: query)
        )
        guard output.format == .table else { return console.show(answer) }
        guard let event = answer["event"] else { throw ClientError.notHookline(place: client.place) }
        console.show(DomainEventView.pairs(event))
        console.line()
        let subscriptions = answer["subscriptions"]?.array ?? []
        guard !subscriptions.isEmpty else { return console.line("There are no subscriptions.") }
        console.show(DomainEventView.explanation(subscriptions))
    }
}
