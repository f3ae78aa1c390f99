import ArgumentParser
import HooklinePrimitives
import HooklineWebhooks

/// `hookline webhooks listen`
struct ListenCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "listen",
        abstract: "Posts events to an address that only this machine can reach.",
        discussion: """
            hookline webhooks listen --forward http://localhost:3000/hooks --events 'video.*'

            For development: what a subscription would post, signed by a secret that is made for this session. Each event \
            is posted once, one after another in their order. Control-C ends it.
            """
    )

    @Option(help: ArgumentHelp("Where events are posted to.", valueName: "url"))
    var forward: String

    @Option(
        name: .customLong("events"),
        parsing: .singleValue,
        help: ArgumentHelp(
            "Types between commas: video.created, all below video.*, or *. (default: *)",
            valueName: "types"
        )
    )
    var events: [WordsArgument] = []

    @Option(help: ArgumentHelp("Begins with what was enqueued then: \(MomentArgument.accepted).", valueName: "time"))
    var since: MomentArgument?

    @Option(help: ArgumentHelp("Begins behind this position.", valueName: "number"))
    var after: Int64?

    @Option(help: ArgumentHelp("Signs with this, whsec_... or whsk_...; one is made without it.", valueName: "secret"))
    var secret: String?

    @Option(
        name: .customLong("header"),
        parsing: .singleValue,
        help: ArgumentHelp("Goes with each request: 'Authorization: Bearer ...'.", valueName: "name: value")
    )
    var headers: [HeaderArgument] = []

    @Flag(help: "Prints lines of JSON.")
    var json = false

    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func validate() throws {
        if since != nil, after != nil { throw ValidationError("--since and --after exclude each other; give one") }
        if let after, after < 0 { throw ValidationError("--after is \(after); accepted are positions from 0 on") }
        _ = try (url(), selection(), signingSecret())
    }

    private func url() throws -> WebhookURL {
        do {
            return try WebhookURL(forward)
        } catch {
            throw ValidationError("--forward \(error)")
        }
    }

    private func selection() throws -> EventTypeSelection {
        guard !events.isEmpty else { return .all }
        do {
            return try EventTypeSelection(JSONField(WordsArgument.json(events), path: "--events"))
        } catch {
            throw ValidationError("\(error.field) \(error.problem)")
        }
    }

    private func signingSecret() throws -> SigningSecret {
        guard let secret else { return .generate() }
        do {
            return try SigningSecret(text: secret)
        } catch {
            throw ValidationError("--secret \(error)")
        }
    }

    private var start: EventTail.Start {
        if let after { return .after(after) }
        return since.map { .since($0.timestamp(now: .now())) } ?? .now
    }

    func run(_ client: any Client, _ console: Console) async throws {
        let signing = try signingSecret()
        let forwarder = WebhookForwarder(
            to: try url(),
            signer: try WebhookSigner(secrets: [signing]),
            headers: headers
        )
        var tail = EventTail(client, try selection()) { console.note($0) }
        let report = ListenReport(console, isJSON: json)
        do {
            try await tail.begin(start)
            if secret == nil { console.note("The secret of this session: \(signing.publicKeyText ?? signing.text)") }
            console.note("Posting the events of \(client.place) after position \(tail.position) to \(forward)")
            try await Interruption.end { [tail] in try await Self.relay(tail, forwarder, report) }
        } catch {
            // What went wrong first is what the user needs to know.
            try? await forwarder.close()
            throw error
        }
        try await forwarder.close()
        console.note(report.summary(position: tail.position))
    }

    private static func relay(_ tail: EventTail, _ forwarder: WebhookForwarder, _ report: ListenReport) async throws {
        var tail = tail
        while !Task.isCancelled {
            for event in try await tail.next() { report.show(event, try await forwarder.post(event)) }
            report.pass(tail.position)
        }
    }
}
