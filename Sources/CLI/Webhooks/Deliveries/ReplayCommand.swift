import ArgumentParser
import HooklinePrimitives
import HooklineWebhooks

/// `hookline webhooks replay`
struct ReplayCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Delivers past events to a subscription.",
        discussion: "hookline webhooks replay sub_1 --since 2h --dry-run"
    )

    @Argument(help: "The subscription's id.")
    var subscription: String

    @Option(help: ArgumentHelp("Events since then: \(MomentArgument.accepted).", valueName: "time"))
    var since: MomentArgument?

    @Option(help: ArgumentHelp("Events from this position on.", valueName: "number"))
    var position: Int64?

    @Option(help: ArgumentHelp("Events from this one on.", valueName: "id"))
    var event: String?

    @Option(help: ArgumentHelp("Events before then; until now without it.", valueName: "time"))
    var until: MomentArgument?

    @Option(parsing: .singleValue, help: ArgumentHelp("Only these types; commas between them.", valueName: "types"))
    var types: [WordsArgument] = []

    @Option(
        help: "missing: what was never sent to it; failed; undelivered: both, the default; all: also what arrived."
    )
    var scope: ReplayRequest.Scope?

    @Option(help: ArgumentHelp("The most deliveries that are begun a second.", valueName: "count"))
    var rate: Double?

    @Flag(help: "Only counts what would be delivered.")
    var dryRun = false

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func validate() throws {
        guard [since != nil, position != nil, event != nil].filter({ $0 }).count == 1 else {
            throw ValidationError("give one of --since, --position and --event: where to begin")
        }
        if let rate, !rate.isFinite { throw ValidationError("--rate is \(rate); accepted is a finite number") }
    }

    func body(now: Timestamp) -> JSON {
        var body = JSONObject()
        if let since { body["since"] = JSON(since.timestamp(now: now)) }
        if let position { body["position"] = JSON(position) }
        if let event { body["event_id"] = .string(event) }
        if let until { body["until"] = JSON(until.timestamp(now: now)) }
        if !types.isEmpty { body["types"] = WordsArgument.json(types) }
        if let scope { body["scope"] = .string(scope.rawValue) }
        if let rate { body["rate_per_second"] = .number(rate) }
        if dryRun { body["dry_run"] = true }
        return .object(body)
    }

    func run(_ client: any Client, _ console: Console) async throws {
        let body = body(now: .now())
        let answer = try await client.json(
            ClientRequest(.post, "webhooks", "subscriptions", subscription, "replay", json: body)
        )
        guard output.format == .table else { return console.show(answer) }
        guard dryRun else {
            console.line("Began \(ExperimentView.text(answer["id"]).withoutControls).")
            return console.note("To watch it: hookline webhooks replays --subscription \(subscription)")
        }
        func count(_ name: String) -> Int { Int(answer[name]?.integer ?? 0) }
        let words = NumberText.self
        console.line(
            "\(words.count(count("deliveries"), "delivery", plural: "deliveries")) would be made, "
                + "\(words.whole(count("again"))) of them again; looked at \(words.count(count("events"), "event"))."
        )
    }
}
