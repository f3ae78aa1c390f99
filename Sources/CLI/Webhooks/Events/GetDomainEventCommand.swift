import ArgumentParser
import HooklinePrimitives

/// `hookline webhooks event`
struct GetDomainEventCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "event", abstract: "Shows an event and its payload.")

    @Argument(help: "The event's id.")
    var id: String

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func run(_ client: any Client, _ console: Console) async throws {
        let event = try await client.json(ClientRequest(.get, "webhooks", "events", id))
        guard output.format == .table else { return console.show(event) }
        console.show(DomainEventView.pairs(event))
    }
}
