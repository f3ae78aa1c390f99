import ArgumentParser
import HooklinePrimitives

/// What a key may do.
enum ScopeArgument: String, CaseIterable, ExpressibleByArgument, Sendable {
    case client, read, write, admin
}

/// `hookline keys create`
struct CreateKeyCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Makes a key.",
        discussion: """
            The key is shown this once: the database keeps a digest. On the standard output stands nothing else, so \
            that 'hookline keys create --name app --scope client > app.key' makes a key file.
            """
    )

    @Option(help: "Whose key it is, for the list.")
    var name: String

    @Option(
        help: ArgumentHelp(
            "client (allocate and send events; may be public), read, write, or admin (also keys).",
            valueName: "scope"
        )
    )
    var scope: ScopeArgument

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func run(_ client: any Client, _ console: Console) async throws {
        let body: JSON = ["name": .string(name), "scope": .string(scope.rawValue)]
        let key = try await client.json(ClientRequest(.post, "keys", json: body))
        guard output.format == .table else { return console.show(key) }
        guard let text = key["key"]?.string else { throw ClientError.notHookline(place: client.place) }
        console.line(text)
        let id = ExperimentView.text(key["id"])
        console.note("This is the only time that the key is shown. To revoke it: hookline keys revoke \(id)")
    }
}
