import ArgumentParser
import HooklinePrimitives
import HooklineWebhooks
import NIOCore

/// `hookline webhooks sink`
struct WebhookSinkCommand: LocalCommand {
    static let configuration = CommandConfiguration(
        commandName: "sink",
        abstract: "Receives deliveries, and misbehaves as it is told.",
        discussion: """
            Each delivery, which is known by its webhook-id, gets the answers of --status one after another: with \
            500,reset,204 the first attempt is answered by 500, the second one's connection is reset, and all others \
            get 204. Verifications of a subscription are answered. Control-C ends it with a summary.
            """
    )

    @Option(help: ArgumentHelp("Where to listen; port 0 lets the system choose.", valueName: "port"))
    var port = 9000

    @Option(help: ArgumentHelp("The address to listen on.", valueName: "address"))
    var host = "127.0.0.1"

    @Option(help: ArgumentHelp("Statuses, reset, drip, bad-chunking and hang, in turn.", valueName: "answers"))
    var status: SinkScript?

    @Option(help: ArgumentHelp("Answers everything by reset, drip, bad-chunking or hang.", valueName: "fault"))
    var fail: SinkFault?

    @Option(help: ArgumentHelp("Waits so long before each answer.", valueName: "time"))
    var delay = TimeSpanArgument.zero

    @Option(
        name: .customLong("secret"),
        parsing: .singleValue,
        help: ArgumentHelp("Checks signatures with whsec_... or whpk_...; once for each.", valueName: "secret")
    )
    var secrets: [String] = []

    @Option(
        name: .customLong("header"),
        parsing: .singleValue,
        help: ArgumentHelp("Goes with each answer: 'Retry-After: 5'.", valueName: "name: value")
    )
    var headers: [HeaderArgument] = []

    @Option(name: .customLong("max"), help: ArgumentHelp("Ends after so many requests.", valueName: "count"))
    var maximum: Int?

    @Option(
        help: ArgumentHelp("Adds each request, with headers and body, as a line of JSON to a file.", valueName: "path")
    )
    var record: String?

    @Flag(help: "Prints no line for each request.")
    var quiet = false

    @Flag(help: "Prints lines of JSON, the summary as the last one.")
    var json = false

    func validate() throws {
        guard (0...65_535).contains(port) else {
            throw ValidationError("--port is \(port); accepted are 0 to 65535")
        }
        if status != nil, fail != nil { throw ValidationError("--status and --fail exclude each other; give one") }
        if let maximum, maximum < 1 { throw ValidationError("--max is \(maximum); accepted are numbers from 1 on") }
        _ = try verifier()
    }

    var script: SinkScript { fail.map { SinkScript(.fault($0)) } ?? status ?? SinkScript(.status(204)) }

    private func verifier() throws -> WebhookVerifier? {
        guard !secrets.isEmpty else { return nil }
        do {
            return try WebhookVerifier(secrets: secrets)
        } catch {
            throw ValidationError("--secret: \(error)")
        }
    }

    func run(_ console: Console) async throws {
        let sink = WebhookSink(
            script,
            verifier: try verifier(),
            maximumRequests: maximum,
            report: try report(console)
        )
        let responder = SinkResponder(
            script,
            delay: .milliseconds(delay.milliseconds),
            headers: headers.map { ($0.name, $0.value) }
        )
        let server = try await SinkServer(sink, responder, host: host, port: port)
        console.note("Listening on http://\(host.contains(":") ? "[\(host)]" : host):\(server.port)")
        await Interruption.end { for await _ in sink.isDone {} }
        await server.stop()
        if json {
            console.showLine(["summary": sink.tally.json(hasForgotten: sink.hasForgotten)])
        } else {
            for line in sink.tally.lines(hasForgotten: sink.hasForgotten) { console.line(line) }
        }
    }

    /// What is to happen with each request besides its answer; nil for nothing.
    private func report(_ console: Console) throws -> (@Sendable (SinkRequest) -> Void)? {
        let recorder = try record.map { path throws(ClientError) in try SinkRecorder(path) }
        guard recorder != nil || !quiet else { return nil }
        return { [quiet, json] request in
            if let recorder, let problem = recorder.add(JSON.object(request.record).encoded()) { console.note(problem) }
            guard !quiet else { return }
            if json { console.showLine(.object(request.json)) } else { console.line(request.line(console.style)) }
        }
    }
}

/// `Retry-After: 5`
struct HeaderArgument: ExpressibleByArgument, Sendable, Equatable {
    let name: String
    let value: String

    init?(argument: String) {
        guard let (name, value) = HeaderFile.parse(line: argument),
            value.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F })
        else { return nil }
        (self.name, self.value) = (name, value)
    }
}
