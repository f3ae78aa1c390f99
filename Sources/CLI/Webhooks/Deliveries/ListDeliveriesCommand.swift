import ArgumentParser
import HooklinePrimitives
import HooklineWebhooks

/// `hookline webhooks deliveries`
struct ListDeliveriesCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "deliveries",
        abstract: "Lists deliveries, the newest first."
    )

    @Option(help: ArgumentHelp("Only those to a subscription.", valueName: "id"))
    var subscription: String?

    @Option(help: ArgumentHelp("Only those of an event.", valueName: "id"))
    var event: String?

    @Option(help: "Only those that are pending, sending, success or failed.")
    var status: DeliveryStatus?

    @Option(help: ArgumentHelp("Only those since then: \(MomentArgument.accepted).", valueName: "time"))
    var since: MomentArgument?

    @Option(help: ArgumentHelp("How many at most.", valueName: "count"))
    var limit = Paging.defaultShownItems

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func validate() throws { try Paging.check(limit: limit) }

    func run(_ client: any Client, _ console: Console) async throws {
        let since = since?.timestamp(now: .now()).description
        let items = try await client.items(atMost: limit) { cursor, limit in
            let query = [
                ("subscription_id", subscription), ("event_id", event), ("status", status?.rawValue),
                ("since", since), ("cursor", cursor), ("limit", "\(min(limit, Paging.itemsPerPage))"),
            ]
            return ClientRequest(.get, "webhooks", "deliveries", query: query)
        }
        guard output.format == .table else { return console.show(["items": .array(items)]) }
        guard !items.isEmpty else { return console.line("There are no such deliveries.") }
        console.show(DeliveryView.table(items))
    }
}
