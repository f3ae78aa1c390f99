import ArgumentParser
import HooklinePrimitives

/// `hookline events send`
struct SendEventsCommand: ClientCommand {
    enum InputFormat: String, CaseIterable, ExpressibleByArgument, Sendable { case auto, ndjson, json }

    static let configuration = CommandConfiguration(
        commandName: "send",
        abstract: "Sends events from a file or the standard input.",
        discussion: """
            NDJSON has an event a line and may be of any length; it is sent while it is read. JSON is an array of events, \
            one event, or {"sent_at": .., "events": [..]}. Events without an id get one, so that a batch which is sent \
            again after a failure counts once.
            """
    )

    @Argument(help: "The file; - reads the input.")
    var file = InputFile.standardInput

    @Option(help: "auto (by the first character), ndjson or json.")
    var input = InputFormat.auto

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func run(_ client: any Client, _ console: Console) async throws {
        let source = try InputFile(file)
        var sender = EventSender(client: client, retry: Retry()) { rejection in
            if output.format == .table { console.note(rejection.description) }
        }
        sender.progress = { console.progress("Sent \(NumberText.count($0, "event"))") }
        do {
            try await send(source, &sender)
        } catch {
            console.endProgress()
            if sender.tally.sent > 0 {
                console.note(
                    "\(NumberText.count(sender.tally.sent, "event")) were answered before this: \(sender.tally.text). "
                        + "Events that have ids of their own can be sent again without counting twice."
                )
            }
            throw error
        }
        console.endProgress()
        switch output.format {
        case .table: console.line(sender.tally.text)
        case .json: console.show(sender.tally.json)
        }
        if sender.tally.rejectedCount > 0 { throw ExitCode.failure }
    }

    private func send(_ source: InputFile, _ sender: inout EventSender) async throws {
        var first = try source.read()
        // An empty chunk is the end; white space alone does not tell yet.
        while !first.isEmpty, !first.contains(where: { $0 > 0x20 }) { first = try source.read() }
        let isLines: Bool
        switch input {
        case .ndjson: isLines = true
        case .json: isLines = false
        case .auto: isLines = EventDocument.looksLikeLines(first)
        }
        if isLines {
            try await sender.sendLines(of: source, startingWith: first)
        } else {
            let bytes = try EventDocument.rest(of: source, after: first)
            try await sender.send(EventDocument(bytes, name: source.name))
        }
        guard sender.tally.sent > 0 else { throw ClientError.unusable("\(source.name) holds no events") }
    }
}
