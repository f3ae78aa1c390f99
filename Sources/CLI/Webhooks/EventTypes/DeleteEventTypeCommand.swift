import ArgumentParser

/// `hookline webhooks event-types delete`
struct DeleteEventTypeCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "delete", abstract: "Deletes a type that was added.")

    @Argument(help: "Its name.")
    var name: String

    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func run(_ client: any Client, _ console: Console) async throws {
        _ = try await client.succeed(ClientRequest(.delete, "webhooks", "event-types", name))
        console.line("Deleted \(name.withoutControls).")
    }
}
