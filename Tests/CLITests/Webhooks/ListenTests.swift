import HooklinePrimitives
import HooklineWebhooks
import Synchronization
import Testing

@testable import HooklineCLI

@Suite struct ListenTests {
    private static func event(_ position: Int64, _ type: String) -> JSON {
        [
            "id": .string("msg_\(position)"), "position": JSON(position), "type": .string(type), "tenant": nil,
            "timestamp": "2026-01-28T10:00:00.000Z",
            "payload": .raw(RawJSON(unchecked: #"{"n": 1.0,  "p":\#(position)}"#.utf8)),
        ]
    }

    private static func answer(_ events: [JSON], next: Int64) -> Result<ClientAnswer, ClientError> {
        .success(ClientAnswer(200, ["items": .array(events), "next": JSON(next), "head": JSON(next)]))
    }

    private func selection(_ patterns: JSON) throws -> EventTypeSelection {
        try EventTypeSelection(JSONField(patterns))
    }

    private final class Notes: Sendable {
        let all = Mutex<[String]>([])
    }

    @Test func readsPayloadsVerbatim() throws {
        let body: JSON = ["items": [Self.event(7, "a")], "next": 9, "head": 9, "later": [1]]
        let found = try #require(FollowedEvents(body.encoded()))
        #expect(found.next == 9 && found.events.map(\.id) == ["msg_7"] && found.events[0].type == "a")
        #expect(found.events[0].payload.text == #"{"n": 1.0,  "p":7}"#)
    }

    @Test(arguments: [
        "", "[]", "{}", #"{"items":[],"next":"1"}"#, #"{"items":[{}],"next":1}"#, #"{"items":[]}"#,
        #"{"items":[{"id":"a","type":"b","timestamp":"never","payload":1}],"next":1}"#,
    ]) func refusesOtherAnswers(_ text: String) {
        #expect(FollowedEvents(Array(text.utf8)) == nil)
    }

    @Test func followsWhatIsAskedFor() async throws {
        let client = StubClient([
            Self.answer([], next: 4), Self.answer([Self.event(5, "a.b"), Self.event(6, "c")], next: 6),
            Self.answer([], next: 8),
        ])
        var tail = EventTail(client, try selection(["a.*"])) { _ in }
        try await tail.begin(.now)
        #expect(try await tail.next().map(\.id) == ["msg_5"])
        #expect(try await tail.next().isEmpty)
        #expect(tail.position == 8)
        let path = "/v1/webhooks/events/poll"
        #expect(
            client.requests.map(\.path) == [
                "\(path)?limit=100&wait_seconds=0", "\(path)?after=4&limit=100&wait_seconds=25",
                "\(path)?after=6&limit=100&wait_seconds=25",
            ]
        )
    }

    @Test func goesOnAfterFailures() async throws {
        let client = StubClient([
            .failure(.connectionRefused(place: "p")), .success(ClientAnswer(503, ["code": "overloaded"])),
            Self.answer([Self.event(3, "a")], next: 3), .failure(.keyMissing(place: "p")),
        ])
        let waits = Mutex<[Duration]>([])
        let notes = Notes()
        let retry = Retry(sleep: { wait in waits.withLock { $0.append(wait) } })
        var tail = EventTail(client, try selection(["a", "b"]), retry: retry) { note in
            notes.all.withLock { $0.append(note) }
        }
        try await tail.begin(.after(2))
        #expect(try await tail.next().map(\.id) == ["msg_3"])
        #expect(waits.withLock { $0 } == [.milliseconds(200), .milliseconds(400)])
        #expect(client.requests[0].path.hasSuffix("poll?after=2&types=a%2Cb&limit=100&wait_seconds=25"))
        let said = notes.all.withLock { $0 }
        #expect(said.count == 2 && said[0].hasPrefix("nothing listens at p") && said[1] == "http://stub answers again")
        await #expect(throws: ClientError.keyMissing(place: "p")) { try await tail.next() }
    }

    @Test func beginsInThePast() async throws {
        let time = try #require(Timestamp("2026-01-28T10:00:00Z"))
        let client = StubClient([
            Self.answer([], next: 50), .success(ClientAnswer(200, ["items": [], "next": "20"])),
            .success(ClientAnswer(200, ["items": [Self.event(31, "a")], "next": "31"])),
        ])
        var tail = EventTail(client, .all) { _ in }
        try await tail.begin(.since(time))
        #expect(tail.position == 30)
        let query = "since=2026-01-28T10%3A00%3A00.000Z&order=oldest&limit=1"
        #expect(
            client.requests.dropFirst().map(\.path) == [
                "/v1/webhooks/events?\(query)", "/v1/webhooks/events?\(query)&cursor=20",
            ]
        )
        let none = StubClient([Self.answer([], next: 50), .success(ClientAnswer(200, ["items": [], "next": nil]))])
        var later = EventTail(none, .all) { _ in }
        try await later.begin(.since(time))
        #expect(later.position == 50)
    }

    @Test func postsSignedEvents() async throws {
        let secret = SigningSecret.generate()
        let received = Mutex<[SinkRequest]>([])
        let script = SinkScript(.status(500), .status(204))
        let sink = WebhookSink(script, verifier: try WebhookVerifier(secrets: [secret.text])) { request in
            received.withLock { $0.append(request) }
        }
        let server = try await SinkServer(sink, SinkResponder(script), host: "127.0.0.1", port: 0)
        let header = try #require(HeaderArgument(argument: "X-Key: k"))
        let url = try WebhookURL("http://127.0.0.1:\(server.port)/hook")
        let forwarder = WebhookForwarder(to: url, signer: try WebhookSigner(secrets: [secret]), headers: [header])
        let body: JSON = ["items": [Self.event(1, "a.b")], "next": 1]
        let event = try #require(FollowedEvents(body.encoded())?.events.first)

        let console = RecordingConsole()
        let report = ListenReport(console.console, isJSON: false)
        for status in [500, 204] {
            let outcome = try await forwarder.post(event)
            #expect(outcome.status == status && outcome.isSuccess == (status == 204))
            report.show(event, outcome)
        }
        await server.stop()
        let refused = try await forwarder.post(event)
        #expect(refused.status == nil && refused.problem?.isEmpty == false && !refused.isSuccess)
        try await forwarder.close()

        let requests = received.withLock { $0 }
        #expect(requests.count == 2 && requests.allSatisfy { $0.verification == .verified && $0.path == "/hook" })
        #expect(
            String(decoding: requests[0].body, as: UTF8.self)
                == #"{"type":"a.b","timestamp":"2026-01-28T10:00:00.000Z","data":{"n": 1.0,  "p":1}}"#
        )
        #expect(requests[0].headers.contains { $0.name == "X-Key" && $0.value == "k" })
        let lines = console.output.split(separator: "\n")
        #expect(lines.count == 2 && lines[0].hasPrefix("msg_1  a.b  500  ") && lines[1].hasPrefix("msg_1  a.b  204  "))
        report.pass(9)
        #expect(report.summary(position: 3) == "Posted 2 events, 1 answered by 2xx. To go on from here: --after 9")
    }
}
