import ArgumentParser
import HTTPTypes
import HooklinePrimitives
import Testing

@testable import HooklineCLI

@Suite struct ClientErrorTests {
    private func told(_ answer: ClientAnswer) -> [String] {
        ClientError.refused(ServerProblem(answer), place: "http://here").lines
    }

    @Test func namesFieldAndWhatIsAccepted() {
        let lines = told(
            ClientAnswer(
                422,
                [
                    "code": "invalid_field", "title": "Not accepted", "detail": "coverage is 2.0", "field": "coverage",
                    "accepted": "a number above 0 and up to 1", "request_id": "r1",
                ]
            )
        )
        #expect(lines == ["coverage is 2.0", "accepted: a number above 0 and up to 1; request r1"])
    }

    @Test func saysNothingTwice() {
        let lines = told(
            ClientAnswer(
                404,
                [
                    "code": "variant_unknown", "detail": "There is no variant 'x'; accepted: a, b.", "field": "variant",
                    "accepted": "a, b", "request_id": "r2",
                ]
            )
        )
        #expect(lines == ["There is no variant 'x'; accepted: a, b.", "request r2"])
        #expect(
            told(ClientAnswer(422, ["code": "c", "detail": "is wrong", "field": "split.a"])) == ["split.a: is wrong"]
        )
    }

    @Test func explainsTheKey() {
        let answer = ClientAnswer(401, ["code": "key_unknown", "detail": "There is no such key.", "request_id": "r3"])
        #expect(
            told(answer) == [
                "http://here does not accept the key: give another by HOOKLINE_KEY or --key-file (There is no such key.)"
            ]
        )
    }

    @Test func knowsAProxy() {
        let answer = ClientAnswer(status: 502, headers: [:], body: Array("<html>".utf8))
        #expect(told(answer) == ["http://here answers with the status 502, not as a Hookline server does"])
    }

    @Test func everyErrorIsShort() {
        let errors: [ClientError] = [
            .keyMissing(place: "p"), .connectionRefused(place: "p"), .unknownHost(place: "p"), .timedOut(place: "p"),
            .cannotConnect(place: "p", reason: "r"), .insecure(place: "p", reason: "r"), .interrupted(place: "p"),
            .notHookline(place: "p"), .unusable("u"),
        ]
        for error in errors {
            #expect(error.lines.count == 1)
            let console = RecordingConsole()
            #expect(console.console.exitCode(telling: error) == .failure)
            #expect(console.errors == "hookline: \(error.lines[0])\n")
        }
    }

    @Test func keepsControlsOutOfMessages() {
        let console = RecordingConsole()
        _ = console.console.exitCode(telling: ClientError.unusable("a\u{1B}[2J\nb"))
        #expect(console.errors == "hookline: a\u{FFFD}[2J b\n")
    }

    @Test func nothingListens() async throws {
        // Port 1 is reserved for a service that nobody runs.
        let client = NetworkClient(try #require(ServerAddress("http://127.0.0.1:1")), key: "key")
        await #expect(throws: ClientError.connectionRefused(place: "http://127.0.0.1:1")) {
            _ = try await client.send(ClientRequest(.get, "experiments"))
        }
        try await client.close()
    }

    // MARK: - Addresses, keys and paths

    @Test(
        arguments: [
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"), ("https://a.example/base/", "https://a.example/base"),
            ("localhost:8080", "http://localhost:8080"), ("HTTP://h", "http://h"),
            ("http://[::1]:80//", "http://[::1]:80"),
            ("http://[::1]", "http://[::1]"), ("http://", nil), ("ftp://a", nil), ("http://a b", nil),
            ("http://u:p@h", nil),
            ("http://h?x=1", nil), ("http://h:0", nil), ("http://h:70000", nil), ("http://h:x", nil), ("", nil),
            ("http://:80", nil),
        ] as [(String, String?)]
    ) func readsAddresses(_ text: String, _ expected: String?) {
        #expect(ServerAddress(text)?.text == expected)
    }

    @Test func findsTheKey() throws {
        let both = ["HOOKLINE_KEY": "one", "HOOKLINE_ADMIN_KEY": "two"]
        #expect(try KeySource().find(both) == "one")
        #expect(try KeySource().find(["HOOKLINE_KEY": "", "HOOKLINE_ADMIN_KEY": "two"]) == "two")
        #expect(try KeySource(key: "three").find(both) == "three")
        #expect(try KeySource().find([:]) == nil)
        #expect(throws: ClientError.self) { try KeySource(key: "a\r\nX-Other: b").find([:]) }
        #expect(throws: ClientError.self) { try KeySource(file: "/nowhere/at/all").find([:]) }
    }

    @Test func encodesPaths() {
        let request = ClientRequest(.get, "experiments", "a/b ?é", query: [("metric", "x&y"), ("state", nil)])
        #expect(request.path == "/v1/experiments/a%2Fb%20%3F%C3%A9?metric=x%26y")
        #expect(ClientRequest(.get, "experiments", "..").path == "/v1/experiments/%2E%2E")
    }

    // MARK: - Trying again

    private func retry(_ waits: Waits) -> Retry {
        Retry(maximumAttempts: 4, sleep: { await waits.add($0) })
    }

    private actor Waits {
        private(set) var all: [Duration] = []
        func add(_ wait: Duration) { all.append(wait) }
    }

    @Test func honoursRetryAfter() async throws {
        let client = StubClient([
            .success(ClientAnswer(503, ["code": "overloaded"], retryAfter: "7")),
            .success(ClientAnswer(429, ["code": "rate_limited"], retryAfter: "3600")),
            .failure(.interrupted(place: "p")), .success(ClientAnswer(202, ["accepted": 1])),
        ])
        let waits = Waits()
        var request = ClientRequest(.post, "events")
        request.body = [1, 2, 3]
        #expect(try await retry(waits).succeed(request, by: client).status == 202)
        #expect(await waits.all == [.seconds(7), .seconds(30), .milliseconds(800)])
        #expect(client.requests.map(\.body) == Array(repeating: [1, 2, 3], count: 4))
    }

    @Test func givesUp() async {
        let waits = Waits()
        let busy = StubClient(Array(repeating: .success(ClientAnswer(503, ["code": "busy"])), count: 9))
        await #expect(throws: ClientError.self) { try await retry(waits).succeed(ClientRequest(.post, "x"), by: busy) }
        #expect(busy.requests.count == 4)
        let wrong = StubClient([.success(ClientAnswer(422, ["code": "invalid_field"]))])
        await #expect(throws: ClientError.self) { try await retry(waits).succeed(ClientRequest(.post, "x"), by: wrong) }
        #expect(wrong.requests.count == 1)
    }
}
