import ArgumentParser
import Foundation
import HooklineApp
import HooklinePrimitives
import Testing

@testable import HooklineCLI

@Suite struct WebhookCommandTests {
    /// Runs a command against answers that are given; answers its output, its notes and the requests.
    private func run(
        _ text: String,
        _ answers: ClientAnswer...
    ) async throws -> (output: String, errors: String, requests: [ClientRequest]) {
        let client = StubClient(answers.map { .success($0) })
        let console = RecordingConsole()
        let words = ["webhooks"] + text.split(separator: " ").map(String.init)
        let command = try #require(try Hookline.parseAsRoot(words) as? any ClientCommand)
        try await command.run(client, console.console)
        return (console.output, console.errors, client.requests)
    }

    @Test func showsTheSecretOnce() async throws {
        let answer: JSON = ["id": "sub_1", "url": "https://a.example", "secret": "whsec_x", "public_key": "whpk_y"]
        let shown = try await run("subscribe https://a.example --events a --verify", ClientAnswer(201, answer))
        #expect(shown.output == "id          sub_1\nsecret      whsec_x\npublic key  whpk_y\n")
        #expect(shown.errors.contains("only time") && shown.errors.contains("verify-subscription sub_1"))
        #expect(shown.requests.map(\.path) == ["/v1/webhooks/subscriptions"])
        let rotated = try await run("rotate-secret sub_1", ClientAnswer(200, ["secret": "whsec_z"]))
        #expect(rotated.output == "whsec_z\n")
        #expect(rotated.requests.map(\.path) == ["/v1/webhooks/subscriptions/sub_1/rotate-secret"])
    }

    @Test func tellsThatANewURLHasToBeVerified() async throws {
        var answer: JSONObject = ["id": "s", "verify": true, "disabled_reason": "unverified"]
        let moved = try await run("update s --url https://b.example", ClientAnswer(200, .object(answer)))
        #expect(moved.errors == "Next: hookline webhooks verify-subscription s\n")
        #expect(moved.output.contains("disabled (unverified)") && moved.output.contains("verified  each url"))
        answer["disabled_reason"] = .null
        let kept = try await run("update s --url https://b.example", ClientAnswer(200, .object(answer)))
        #expect(kept.errors.isEmpty)
    }

    @Test(
        arguments: [
            ("get s/1", "GET /v1/webhooks/subscriptions/s%2F1"),
            ("enable s", "POST /v1/webhooks/subscriptions/s/enable"),
            ("disable s", "POST /v1/webhooks/subscriptions/s/disable"),
            ("verify-subscription s", "POST /v1/webhooks/subscriptions/s/verify"),
            ("update s --url https://b.example", "PATCH /v1/webhooks/subscriptions/s"),
            ("delete s", "DELETE /v1/webhooks/subscriptions/s"), ("deliver a {}", "POST /v1/webhooks/events"),
            ("event e", "GET /v1/webhooks/events/e"), ("resend dlv_1_1", "POST /v1/webhooks/deliveries/dlv_1_1/resend"),
            ("replay s --position 0", "POST /v1/webhooks/subscriptions/s/replay"),
            ("cancel-replay r", "POST /v1/webhooks/replays/r/cancel"), ("stats", "GET /v1/webhooks/stats"),
            ("stats s", "GET /v1/webhooks/subscriptions/s/stats"),
            ("undelivered s", "GET /v1/webhooks/subscriptions/s/undelivered"),
            ("event-types add a.b", "POST /v1/webhooks/event-types"),
            ("event-types delete a.b", "DELETE /v1/webhooks/event-types/a.b"),
            ("send msg_1 s", "POST /v1/webhooks/events/msg_1/send"),
            ("tenants get a/b", "GET /v1/webhooks/tenants/a%2Fb"), ("tenants add a", "POST /v1/webhooks/tenants"),
            ("tenants delete a", "DELETE /v1/webhooks/tenants/a"),
        ]
    ) func asksFor(_ text: String, _ request: String) async throws {
        let done = try await run(text, ClientAnswer(200, ["id": "x"]))
        #expect(done.requests.map { "\($0.method.rawValue) \($0.path)" } == [request])
        #expect(!done.output.isEmpty)
    }

    @Test func aTenantKeepsWhatIsNotGiven() async throws {
        let before: JSON = ["id": "acme", "name": "Acme", "metadata": ["plan": "pro"], "created_at": "t"]
        let after: JSON = ["id": "acme", "name": "New", "metadata": ["plan": "pro"], "created_at": "t"]
        let answers = [before, after].map { ClientAnswer(200, $0) }
        let changed = try await run("tenants update acme --name New", answers[0], answers[1])
        #expect(
            changed.requests.map { "\($0.method.rawValue) \($0.path)" } == [
                "GET /v1/webhooks/tenants/acme", "PUT /v1/webhooks/tenants/acme",
            ]
        )
        #expect(changed.output.contains("New") && changed.output.contains(#"{"plan":"pro"}"#))
        let listed = try await run("tenants", ClientAnswer(200, ["items": [after], "next": nil]))
        #expect(listed.output.split(separator: "\n").last?.hasPrefix("acme    New") == true)
    }

    @Test func listsOnlySoMany() async throws {
        let delivery: JSON = [
            "id": "dlv_1_1", "event_id": "msg_1", "event_type": "a", "subscription_id": "s", "status": "failed",
            "attempts": 3, "next_attempt_at": nil, "reason": "status", "response_status": 500,
        ]
        let page = ClientAnswer(200, ["items": [delivery, delivery], "next": "c"])
        let last = ClientAnswer(200, ["items": [delivery, delivery], "next": "d"])
        let listed = try await run("deliveries --limit 3 --status failed --event msg_1", page, last)
        #expect(listed.output.split(separator: "\n").count == 4)
        #expect(
            listed.output.contains("dlv_1_1   msg_1  a     s             failed         3                status 500")
        )
        #expect(
            listed.requests.map(\.path) == [
                "/v1/webhooks/deliveries?event_id=msg_1&status=failed&limit=3",
                "/v1/webhooks/deliveries?event_id=msg_1&status=failed&cursor=c&limit=1",
            ]
        )
        let none = try await run("events --type a,b", ClientAnswer(200, ["items": [], "next": nil]))
        #expect(none.output == "There are no such events.\n")
        #expect(none.requests[0].path == "/v1/webhooks/events?type=a%2Cb&order=newest&limit=50")
    }

    @Test func explainsInATable() async throws {
        let answer: JSON = [
            "event": [
                "id": "msg_1", "type": "a", "position": 7, "timestamp": "t", "channels": [], "payload": ["x": 1],
            ],
            "subscriptions": [
                [
                    "subscription_id": "s1", "url": "https://a.example", "matches": true, "reason": "matches",
                    "delivery": [
                        "status": "pending", "attempts": 2, "next_attempt_at": "2026-01-28T10:00:00.000Z",
                        "reason": "status", "response_status": 503,
                    ],
                    "hold": "the receiver is down",
                ],
                [
                    "subscription_id": "s2", "url": "https://b.example", "matches": false, "reason": "no such channel",
                    "delivery": nil, "hold": nil,
                ],
            ],
        ]
        let explained = try await run("explain msg_1 --subscription s1", ClientAnswer(200, answer))
        #expect(explained.requests[0].path == "/v1/webhooks/events/msg_1/explain?subscription_id=s1")
        let lines = explained.output.split(separator: "\n").suffix(3).map(String.init)
        #expect(lines[0] == "subscription  url                outcome   attempts  next attempt         why")
        #expect(
            lines[1] == "s1            https://a.example  pending          2  2026-01-28T10:00:00  "
                + "the receiver is down; status 503"
        )
        #expect(
            lines[2].hasPrefix("s2            https://b.example  no match") && lines[2].hasSuffix("no such channel")
        )
        let json = try await run("explain msg_1 --json", ClientAnswer(200, answer))
        #expect(try JSON.parse(json.output) == answer)
    }

    @Test func showsAttemptsAndNumbers() async throws {
        let attempt: JSON = [
            "number": 1, "started_at": "t", "cause": "event", "outcome": "status", "response_status": 500,
            "timings_microseconds": ["total": 12_345], "address": "1.2.3.4", "message": nil, "response_body": "sorry",
        ]
        let attempts = try await run("attempts d", ClientAnswer(200, ["items": [attempt], "next": nil]))
        #expect(attempts.output.contains("status      500  12.3  1.2.3.4"))
        #expect(attempts.output.hasSuffix("sorry\n"))
        let statistics: JSON = [
            "total_deliveries": 12_000, "success_rate": 99.5, "failing_since": nil,
            "latency_milliseconds": ["attempts": 1000, "p50": 1.25, "p90": 2, "p95": 3, "p99": 40, "maximum": 100],
        ]
        let shown = try await run("stats s", ClientAnswer(200, statistics))
        #expect(shown.output.contains("12,000") && shown.output.contains("99.5 %"))
        #expect(shown.output.contains("p50 1.25 ms, p90 2.00 ms, p95 3.00 ms, p99 40.0 ms, maximum 100 ms"))
        let preview = try await run(
            "replay s --since 1h --dry-run",
            ClientAnswer(200, ["dry_run": true, "deliveries": 5, "again": 2, "events": 9])
        )
        #expect(preview.output == "5 deliveries would be made, 2 of them again; looked at 9 events.\n")
    }

    /// Through the routes of the server, in this process.
    @Test func worksOnADatabase() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("hookline-cli-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var configuration = HooklineConfiguration()
        configuration.database = .sqlite(path: "\(folder.path)/test.db")
        let client = try await EmbeddedClient(configuration)
        func run(_ words: String...) async throws -> String {
            let console = RecordingConsole()
            let command = try #require(try Hookline.parseAsRoot(["webhooks"] + words) as? any ClientCommand)
            try await command.run(client, console.console)
            return console.output
        }
        let subscribed = try await run("subscribe", "https://example.com/hook", "--events", "video.*", "--id", "sub-a")
        #expect(subscribed.contains("sub-a") && subscribed.contains("whsec_"))
        #expect(try await run("list").contains("https://example.com/hook"))
        #expect(
            try await run("update", "sub-a", "--description", "New", "--retry", "1,2,4").contains("after 1 s, 2 s, 4 s")
        )
        #expect(try await run("disable", "sub-a").contains("disabled (requested)"))
        #expect(try await run("enable", "sub-a").contains("enabled"))
        #expect(try await run("rotate-secret", "sub-a", "--grace", "1h").hasPrefix("whsec_"))
        #expect(try await run("deliver", "video.created", "{}", "--id", "e1") == "Accepted e1.\n")
        #expect(try await run("deliver", "video.created", "{}", "--id", "e1") == "e1 was there already.\n")
        #expect(try await run("stats").contains("active subscriptions"))
        #expect(try await run("undelivered", "sub-a").hasPrefix("0 pending, 0 failed"))
        #expect(try await run("deliveries", "--subscription", "sub-a") == "There are no such deliveries.\n")
        #expect(try await run("replay", "sub-a", "--since", "1h", "--dry-run").hasPrefix("0 deliveries"))
        #expect(try await run("event-types", "add", "invoice.paid", "--description", "D") == "Added invoice.paid.\n")
        #expect(try await run("event-types").contains("invoice.paid"))
        #expect(try await run("event-types", "delete", "invoice.paid") == "Deleted invoice.paid.\n")
        #expect(try await run("tenants") == "There are no tenants.\n")
        #expect(try await run("tenants", "add", "acme", "--metadata", #"{"plan": "pro"}"#) == "Added acme.\n")
        #expect(try await run("tenants", "update", "acme", "--name", "New").contains(#"{"plan":"pro"}"#))
        #expect(try await run("tenants", "get", "acme").contains("New"))
        #expect(try await run("tenants", "delete", "acme") == "Deleted acme.\n")
        #expect(try await run("delete", "sub-a") == "Deleted sub-a.\n")
        #expect(try await run("list") == "There are no subscriptions.\n")
        try await client.close()
    }
}
