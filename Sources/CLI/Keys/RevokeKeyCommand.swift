import ArgumentParser
import HooklinePrimitives

/// `hookline keys revoke`
struct RevokeKeyCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "Makes a key worthless, for ever."
    )

    @Argument(help: "The id of the key: the middle part of hk_ID_SECRET.")
    var id: String

    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func run(_ client: any Client, _ console: Console) async throws {
        _ = try await client.succeed(ClientRequest(.delete, "keys", id))
        console.line("Revoked \(id.withoutControls).")
    }
}
