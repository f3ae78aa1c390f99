import ArgumentParser
import HooklinePrimitives

/// `hookline webhooks events`
struct ListDomainEventsCommand: ClientCommand {
    enum Order: String, CaseIterable, ExpressibleByArgument, Sendable { case newest, oldest }

    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "Lists what was to be delivered, the newest first."
    )

    @Option(parsing: .singleValue, help: ArgumentHelp("Only these types; commas between them.", valueName: "types"))
    var type: [WordsArgument] = []

    @Option(help: ArgumentHelp("Only those of a tenant.", valueName: "id"))
    var tenant: String?

    @Option(help: ArgumentHelp("Only those with a channel.", valueName: "name"))
    var channel: String?

    @Option(help: ArgumentHelp("Only those since then: \(MomentArgument.accepted).", valueName: "time"))
    var since: MomentArgument?

    @Option(help: ArgumentHelp("Only those before then.", valueName: "time"))
    var until: MomentArgument?

    @Option(help: "newest or oldest: which come first.")
    var order = Order.newest

    @Option(help: ArgumentHelp("How many at most.", valueName: "count"))
    var limit = Paging.defaultShownItems

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func validate() throws { try Paging.check(limit: limit) }

    func run(_ client: any Client, _ console: Console) async throws {
        let now = Timestamp.now()
        let types = type.flatMap(\.words)
        let items = try await client.items(atMost: limit) { cursor, limit in
            let query: [(name: String, value: String?)] = [
                ("type", types.isEmpty ? nil : types.joined(separator: ",")), ("tenant", tenant),
                ("channel", channel), ("since", since?.timestamp(now: now).description),
                ("until", until?.timestamp(now: now).description), ("order", order.rawValue), ("cursor", cursor),
                ("limit", "\(min(limit, Paging.largeItemsPerPage))"),
            ]
            return ClientRequest(.get, "webhooks", "events", query: query)
        }
        guard output.format == .table else { return console.show(["items": .array(items)]) }
        guard !items.isEmpty else { return console.line("There are no such events.") }
        console.show(DomainEventView.table(items))
    }
}
