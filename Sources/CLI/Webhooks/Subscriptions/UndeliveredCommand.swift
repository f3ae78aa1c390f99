import ArgumentParser
import HooklinePrimitives

/// `hookline webhooks undelivered`
struct UndeliveredCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "undelivered",
        abstract: "Counts what did not arrive at a subscription, and says why."
    )

    @Argument(help: "The subscription's id.")
    var subscription: String

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func run(_ client: any Client, _ console: Console) async throws {
        let request = ClientRequest(.get, "webhooks", "subscriptions", subscription, "undelivered")
        let undelivered = try await client.json(request)
        guard output.format == .table else { return console.show(undelivered) }
        let (pending, failed) = (undelivered["pending"]?.integer ?? 0, undelivered["failed"]?.integer ?? 0)
        console.line("\(NumberText.whole(pending)) pending, \(NumberText.whole(failed)) failed")
        if let hold = undelivered["hold"]?.string { console.line("Nothing is sent now: \(hold.withoutControls)") }
        let reasons = undelivered["reasons"]?.array ?? []
        guard !reasons.isEmpty else { return }
        var table = Table([.text("reason"), .number("deliveries")])
        for reason in reasons {
            table.add([ExperimentView.text(reason["reason"]), NumberText.whole(reason["count"]?.integer ?? 0)])
        }
        console.show(table)
        console.note(
            "To deliver what failed: hookline webhooks replay \(subscription.withoutControls) --since 7d --dry-run"
        )
    }
}
