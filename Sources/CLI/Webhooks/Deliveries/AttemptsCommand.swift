import ArgumentParser
import HooklinePrimitives

/// `hookline webhooks attempts`
struct AttemptsCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "attempts",
        abstract: "Lists the attempts of a delivery, and what was answered."
    )

    @Argument(help: "The delivery's id.")
    var delivery: String

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func run(_ client: any Client, _ console: Console) async throws {
        let items = try await client.allItems { cursor in
            let query = [("limit", "\(Paging.itemsPerPage)"), ("cursor", cursor)]
            return ClientRequest(.get, "webhooks", "deliveries", delivery, "attempts", query: query)
        }
        guard output.format == .table else { return console.show(["items": .array(items), "next": nil]) }
        guard !items.isEmpty else { return console.line("It was not attempted yet.") }
        console.show(DeliveryView.attempts(items))
    }
}
