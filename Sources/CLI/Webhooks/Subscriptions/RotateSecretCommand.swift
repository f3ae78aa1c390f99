import ArgumentParser
import HooklinePrimitives
import HooklineWebhooks

/// `hookline webhooks rotate-secret`
struct RotateSecretCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate-secret",
        abstract: "Signs with a new secret, and for a while with the old one too.",
        discussion: """
            On the standard output stands nothing but the secret, which is shown this once, or for ed25519 the public key.
            """
    )

    @Argument(help: "The subscription's id.")
    var id: String

    @Option(help: ArgumentHelp("A secret of your own; one is made without it.", valueName: "secret"))
    var secret: String?

    @Option(help: ArgumentHelp("How long the old secret signs too, such as 24h.", valueName: "time"))
    var grace: TimeSpanArgument?

    @Option(help: "hmac or ed25519.")
    var kind: SigningSecret.Kind?

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func validate() throws {
        if let grace, grace.milliseconds % 1000 != 0 {
            throw ValidationError("--grace is \(grace.milliseconds) ms; accepted are whole seconds")
        }
    }

    var body: JSON {
        var body = JSONObject()
        if let secret { body["secret"] = .string(secret) }
        if let grace { body["grace_seconds"] = JSON(grace.milliseconds / 1000) }
        if let kind { body["kind"] = .string(kind.rawValue) }
        return .object(body)
    }

    func run(_ client: any Client, _ console: Console) async throws {
        let request = ClientRequest(.post, "webhooks", "subscriptions", id, "rotate-secret", json: body)
        let answer = try await client.json(request)
        guard output.format == .table else { return console.show(answer) }
        guard let text = (answer["secret"] ?? answer["public_key"])?.string else {
            throw ClientError.notHookline(place: client.place)
        }
        console.line(text)
    }
}
