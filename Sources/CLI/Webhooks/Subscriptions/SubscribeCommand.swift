import ArgumentParser
import HooklinePrimitives

/// `hookline webhooks subscribe`
struct SubscribeCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "subscribe",
        abstract: "Has events posted to an address.",
        discussion: """
            hookline webhooks subscribe https://example.com/hooks --events 'video.*,batch.completed'

            The secret, by which the receiver checks signatures, is shown this once.
            """
    )

    @Argument(help: "Where events are posted to.")
    var url: String

    @Option(help: ArgumentHelp("The id of the subscription; one is made without it.", valueName: "id"))
    var id: String?

    @OptionGroup(title: "Definition") var definition: SubscriptionOptions

    @Option(help: ArgumentHelp("now, since=TIME, position=NUMBER or event=ID: the first event.", valueName: "start"))
    var start: StartArgument?

    @Option(help: ArgumentHelp("A secret of your own, whsec_...; one is made without it.", valueName: "secret"))
    var secret: String?

    @Flag(help: "Sends nothing to this url, or a later one, until 'hookline webhooks verify-subscription' succeeds.")
    var verify = false

    @Flag(help: "Sends nothing until it is enabled.")
    var disabled = false

    @Flag(help: "Shows what the server answered.")
    var json = false

    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func validate() throws {
        guard !definition.events.isEmpty else {
            throw ValidationError("--events is missing; accepted are types such as video.created, video.* or *")
        }
    }

    func body(now: Timestamp) throws -> JSON {
        var body: JSONObject = ["url": .string(url)]
        if let id { body["id"] = .string(id) }
        for member in try definition.members() { body[member.key] = member.value }
        if let start { body["start"] = start.json(now: now) }
        if let secret { body["secret"] = .string(secret) }
        if verify { body["verify"] = true }
        if disabled { body["enabled"] = false }
        return .object(body)
    }

    func run(_ client: any Client, _ console: Console) async throws {
        let request = ClientRequest(.post, "webhooks", "subscriptions", json: try body(now: .now()))
        let subscription = try await client.json(request)
        guard !json else { return console.show(subscription) }
        var pairs = [("id", ExperimentView.text(subscription["id"]))]
        for name in ["secret", "public_key"] {
            let value = ExperimentView.text(subscription[name])
            if !value.isEmpty { pairs.append((name.replacing("_", with: " "), value)) }
        }
        console.show(pairs.map { (name: $0.0, value: $0.1) })
        if subscription["secret"]?.string != nil { console.note("This is the only time that the secret is shown.") }
        if verify {
            let id = ExperimentView.text(subscription["id"])
            console.note("Next: hookline webhooks verify-subscription \(id)")
        }
    }
}
