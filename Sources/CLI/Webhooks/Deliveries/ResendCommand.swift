import ArgumentParser
import HooklinePrimitives

/// `hookline webhooks resend`
struct ResendCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "resend",
        abstract: "Makes a delivery again at once, whatever became of it."
    )

    @Argument(help: "The delivery's id.")
    var delivery: String

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func run(_ client: any Client, _ console: Console) async throws {
        let answer = try await client.json(ClientRequest(.post, "webhooks", "deliveries", delivery, "resend"))
        guard output.format == .table else { return console.show(answer) }
        console.line("Sends \(ExperimentView.text(answer["event_id"]).withoutControls) again.")
    }
}
