import HooklinePrimitives
import HooklineStatistics
import Testing

@testable import HooklineCLI

@Suite struct EventInputTests {
    private func line(_ text: String) -> String {
        String(decoding: EventLine(Array(text.utf8), place: "line 1") { "new" }.bytes, as: UTF8.self)
    }

    @Test(arguments: [
        (#"{"type":"click"}"#, #"{"id":"new","type":"click"}"#),
        (#" { "type":"click"}"#, #" {"id":"new", "type":"click"}"#),
        ("{}", #"{"id":"new"}"#), ("{ }", #"{"id":"new" }"#), (#"{"type":"a","id":"b"}"#, #"{"type":"a","id":"b"}"#),
        (#"{"properties":{"id":1}}"#, #"{"id":"new","properties":{"id":1}}"#), ("[1]", "[1]"), ("{broken", "{broken"),
        ("", ""),
    ]) func addsAnIDWhereThereIsNone(_ text: String, _ expected: String) {
        #expect(line(text) == expected)
    }

    @Test func makesIDsThatDiffer() {
        var generator = SplitMix64(seed: 1)
        var (first, second) = (EventIDs(using: &generator), EventIDs(using: &generator))
        #expect(Set([first.next(), first.next(), second.next(), second.next()]).count == 4)
    }

    @Test(arguments: [
        (#"{"type":"a"}"# + "\n", true), (#"{"type":"a"}"#, true), (#"[{"type":"a"}]"#, false),
        ("{\n\"type\":\"a\"}", false),
        (#"{"events":[]}"#, false), (#"{"sent_at":"x","events":[]}"#, false), ("{broken}\n{}", true), ("x", false),
    ]) func tellsLinesFromDocuments(_ text: String, _ isLines: Bool) {
        #expect(EventDocument.looksLikeLines(Array(text.utf8)) == isLines)
    }

    @Test func readsDocuments() throws {
        let envelope = #"{"sent_at":"2026-01-28T10:00:00Z","events":[{"type":"a"}, {"type":"b"}]}"#
        let document = try EventDocument(Array(envelope.utf8), name: "f")
        #expect(document.sentAt == "2026-01-28T10:00:00Z")
        #expect(document.events.map { String(decoding: $0, as: UTF8.self) } == [#"{"type":"a"}"#, #"{"type":"b"}"#])
        #expect(try EventDocument(Array(#"{"type":"a","sent_at":"x"}"#.utf8), name: "f").events.count == 1)
        #expect(throws: ClientError.unusable("f is no JSON at byte 1: the text ends too soon")) {
            try EventDocument(Array("[".utf8), name: "f")
        }
    }

    @Test func sendsInBatchesAndTellsWhatWasRejected() async throws {
        let client = StubClient([
            .success(
                ClientAnswer(
                    202,
                    [
                        "accepted": 998, "duplicates": 1,
                        "rejected": [["index": 999, "field": "type", "problem": "is missing"]], "position": 5,
                    ]
                )
            ),
            .success(ClientAnswer(503, ["code": "overloaded"], retryAfter: "0")),
            .success(
                ClientAnswer(
                    422,
                    ["code": "nothing_accepted", "rejected": [["index": 0, "field": "", "problem": "is no JSON"]]]
                )
            ),
        ])
        var told: [EventRejection] = []
        var sender = EventSender(client: client, retry: Retry(sleep: { _ in })) { told.append($0) }
        let events = (0..<1001).map { #"{"type":"click","user_id":"v\#($0)"}"# }.joined(separator: ",")
        try await sender.send(try EventDocument(Array("[\(events)]".utf8), name: "f"))
        #expect(sender.tally.text == "998 accepted, 1 duplicates, 2 rejected")
        #expect(told.map(\.description) == ["event 1000: type is missing", "event 1001: is no JSON"])
        #expect(client.requests.count == 3)
        // The second attempt carries the same ids.
        #expect(client.requests[1].body == client.requests[2].body)
        #expect(client.requests.allSatisfy { $0.contentType == ClientRequest.linesType })
        #expect(client.requests[0].body.split(separator: UInt8(ascii: "\n")).count == EventSender.eventsPerRequest)
    }
}
