import ArgumentParser
import HooklinePrimitives

/// `hookline webhooks send`
struct SendEventCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "send",
        abstract: "Sends an event to one subscription at once, whether it matches or not.",
        discussion: "hookline webhooks send msg_1 sub_1"
    )

    @Argument(help: "The event's id.")
    var event: String

    @Argument(help: "The subscription's id.")
    var subscription: String

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func run(_ client: any Client, _ console: Console) async throws {
        let body: JSON = ["subscription_id": .string(subscription)]
        let answer = try await client.json(ClientRequest(.post, "webhooks", "events", event, "send", json: body))
        guard output.format == .table else { return console.show(answer) }
        let delivery = ExperimentView.text(answer["id"]).withoutControls
        console.line("Sends \(event.withoutControls) to \(subscription.withoutControls), as \(delivery).")
    }
}
