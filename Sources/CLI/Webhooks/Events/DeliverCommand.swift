import ArgumentParser
import HooklineEvents
import HooklinePrimitives

/// `hookline webhooks deliver`
struct DeliverCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "deliver",
        abstract: "Tells the subscribers of an event.",
        discussion: """
            hookline webhooks deliver video.published '{"video_id":"v1"}' --channel show-7

            With an id it can be sent again: it is delivered once. The payload is delivered byte for byte as it is given.
            """
    )

    @Argument(help: "The type of the event, such as video.published.")
    var type: String

    @Argument(help: "What is told, in JSON; - reads the input. ({} without it)")
    var payload: String?

    @Option(help: ArgumentHelp("A file with the payload.", valueName: "path"))
    var file: String?

    @Option(help: ArgumentHelp("The id of the event; one is made without it.", valueName: "id"))
    var id: String?

    @Option(
        name: .customLong("channel"),
        parsing: .singleValue,
        help: ArgumentHelp("What subscriptions may restrict themselves to; once for each.", valueName: "name")
    )
    var channels: [String] = []

    @Option(help: ArgumentHelp("Events of one key arrive in their order, where that is asked for.", valueName: "key"))
    var orderingKey: String?

    @Option(help: ArgumentHelp("Whose event it is; the studio's own without it.", valueName: "id"))
    var tenant: String?

    @Option(help: ArgumentHelp("When it happened: \(MomentArgument.accepted).", valueName: "time"))
    var timestamp: MomentArgument?

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func validate() throws {
        if payload != nil, file != nil { throw ValidationError("give the payload, or a --file that has it") }
    }

    func body(now: Timestamp) throws(ClientError) -> JSON {
        var body: JSONObject = ["type": .string(type)]
        if let id { body["id"] = .string(id) }
        if !channels.isEmpty { body["channels"] = .array(channels.map { .string($0) }) }
        if let orderingKey { body["ordering_key"] = .string(orderingKey) }
        if let tenant { body["tenant"] = .string(tenant) }
        if let timestamp { body["timestamp"] = JSON(timestamp.timestamp(now: now)) }
        body["payload"] = .raw(try readPayload())
        return .object(body)
    }

    private func readPayload() throws(ClientError) -> RawJSON {
        let path = payload == InputFile.standardInput ? payload : file
        let bytes =
            if let path {
                try InputFile.contents(of: path, maximumBytes: DomainEvent.maximumPayloadBytes)
            } else {
                Array((payload ?? "{}").utf8)
            }
        do {
            return try RawJSON(bytes)
        } catch {
            throw .unusable("\(path ?? "the payload") is no JSON \(error)")
        }
    }

    func run(_ client: any Client, _ console: Console) async throws {
        let answer = try await client.json(ClientRequest(.post, "webhooks", "events", json: body(now: .now())))
        guard output.format == .table else { return console.show(answer) }
        let id = ExperimentView.text(answer["id"]).withoutControls
        console.line(answer["duplicate"] == true ? "\(id) was there already." : "Accepted \(id).")
    }
}
