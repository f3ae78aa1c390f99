import HTTPTypes
import HooklinePrimitives
import HooklineStorageTestSupport
import HooklineWebhooks
import Hummingbird
import HummingbirdTesting
import Testing

@testable import HooklineServer

@Suite struct DeliveryRoutesTests {
    private static let path = ServerHarness.deliveries

    @Test(arguments: TestDatabase.available)
    func aDeliveryIsMadeShownAndCounted(_ test: TestDatabase) async throws {
        let respond: @Sendable (LoopbackReceiver.Received) -> Response = { received in
            received.text.contains(#""n": 1"#)
                ? Response(status: .ok, body: .init(byteBuffer: ByteBuffer(string: "thanks")))
                : Response(status: .badRequest, body: .init(byteBuffer: ByteBuffer(bytes: [0xFF, 0x00, 0x41])))
        }
        try await LoopbackReceiver.run(answer: respond) { receiver, url in
            try await ServerHarness.run(on: test) { server in
                let made = try await server.subscribe(
                    #""id": "s", "retry": {"delays_seconds": [0.1]}, "headers": {"X-Team": "growth"}"#,
                    to: "video.created",
                    url: url
                )
                try await server.delivering {
                    let good = try await server.tell()
                    let bad = #"{"type": "video.created", "payload": {"n": 2}, "id": "bad"}"#
                    _ = try await server.send(.post, ServerHarness.events, as: .write, body: bad)
                    try await eventually("both are done") {
                        let statistics = try await server.get("/v1/webhooks/stats")
                        return statistics["successful_deliveries"] == 1 && statistics["failed_deliveries"] == 1
                    }
                    try await Self.checkDone(server, good: good)
                }
                let request = try #require(receiver.received.first { $0.text.contains(#""n": 1"#) })
                let verifier = try WebhookVerifier(secrets: [made["secret"]?.string ?? ""])
                let headers = request.headers.map { (name: $0.name.canonicalName, value: $0.value) }
                #expect(throws: Never.self) {
                    try verifier.verify(body: request.body, headers: headers, toleranceMilliseconds: .max / 2)
                }
                #expect(headers.contains { $0.name == "x-team" && $0.value == "growth" })
            }
        }
    }

    private static func checkDone(_ server: ServerHarness, good: String) async throws {
        let list = try await server.get(path + "?event_id=\(good)")
        let delivery = try #require(list["items"]?.array?.first)
        #expect(delivery["status"] == "success" && delivery["attempts"] == 1 && delivery["response_status"] == 200)
        #expect(delivery["event_id"]?.string == good && delivery["subscription_id"] == "s")
        #expect(delivery["cause"] == "event" && delivery["reason"] == .null && delivery["next_attempt_at"] == .null)
        let id = try #require(delivery["id"]?.string)
        #expect(try await server.get(path + "/\(id)") == delivery)
        let attempt = try #require(try await server.get(path + "/\(id)/attempts")["items"]?[0])
        #expect(attempt["number"] == 1 && attempt["outcome"] == "success" && attempt["response_body"] == "thanks")
        #expect(attempt["response_body_base64"] == nil && attempt["response_truncated"] == false)
        #expect(attempt["address"] == "127.0.0.1" && attempt["message"] == .null)
        #expect(attempt["timings_microseconds"]?["total"]?.integer ?? 0 > 0)
        #expect(attempt["timings_microseconds"]?["dns"] == 0)

        let failed = try #require(
            try await server.get(path + "?status=failed&subscription_id=s")["items"]?.array?.first
        )
        #expect(failed["event_id"] == "bad" && failed["reason"] == "status" && failed["response_status"] == 400)
        let failedID = failed["id"]?.string ?? ""
        let attempts = try #require(try await server.get(path + "/\(failedID)/attempts?limit=1")["items"]?.array)
        #expect(attempts.map { $0["response_body_base64"] } == ["/wBB"] && attempts[0]["response_body"] == nil)

        let statistics = try await server.get("/v1/webhooks/subscriptions/s/stats")
        #expect(statistics["total_deliveries"] == 2 && statistics["success_rate"] == 50)
        #expect(statistics["successful_deliveries"] == 1 && statistics["failed_deliveries"] == 1)
        #expect(statistics["latency_milliseconds"]?["attempts"]?.integer == statistics["attempts"]?.integer)
        // That a delivery has failed is an event of its own.
        try await eventually("no event waits") {
            try await server.get("/v1/webhooks/stats")["waiting_events"] == 0
        }
        let all = try await server.get("/v1/webhooks/stats")
        #expect(all["total_subscriptions"] == 1 && all["active_subscriptions"] == 1 && all["total_deliveries"] == 2)
        #expect(all["pending_deliveries"] == 0 && all["success_rate"] == 50)
        let undelivered = try await server.get("/v1/webhooks/subscriptions/s/undelivered")
        #expect(undelivered["failed"] == 1 && undelivered["pending"] == 0)
        #expect(undelivered["reasons"] == [["reason": "status", "count": 1]])

        let again = try await server.send(.post, path + "/\(id)/resend", as: .write)
        #expect(try again.status == .accepted && again.json["cause"] == "resend")
        try await eventually("it is delivered again") {
            let now = try await server.get(path + "/\(id)")
            return now["status"] == "success" && now["attempts"] == 2
        }
        let next = try #require(try await server.get(path + "/\(id)/attempts?limit=1")["next"]?.string)
        let first = try await server.get(path + "/\(id)/attempts?limit=1&cursor=\(next)")
        #expect(first["items"]?[0]?["number"] == 1 && first["next"] == .null)
    }

    @Test func withoutAnythingThereAreNoRates() async throws {
        try await ServerHarness.run { server in
            #expect(
                try await server.get("/v1/webhooks/stats") == [
                    "total_subscriptions": 0, "active_subscriptions": 0, "total_deliveries": 0,
                    "successful_deliveries": 0, "failed_deliveries": 0, "pending_deliveries": 0, "success_rate": nil,
                    "waiting_events": 0,
                ]
            )
            _ = try await server.subscribe(#""id": "s""#)
            let statistics = try await server.get("/v1/webhooks/subscriptions/s/stats")
            #expect(statistics["success_rate"] == .null && statistics["latency_milliseconds"] == .null)
            let undelivered = try await server.get("/v1/webhooks/subscriptions/s/undelivered")
            #expect(undelivered["pending"] == 0 && undelivered["reasons"] == [] && undelivered["hold"] != nil)
        }
    }

    @Test func deliveriesAreSearchedPageByPage() async throws {
        try await ServerHarness.run { server in
            _ = try await server.subscribe(#""id": "a""#)
            _ = try await server.subscribe(#""id": "b""#)
            for number in 1...3 { try await server.tell(#""id": "e\#(number)""#) }
            try await server.dispatch()
            func keys(_ query: String) async throws -> [String] {
                try await server.get(Self.path + query)["items"]?.array?.map {
                    "\($0["event_id"]?.string ?? "") \($0["subscription_id"]?.string ?? "")"
                } ?? []
            }
            #expect(try await keys("") == ["e3 b", "e3 a", "e2 b", "e2 a", "e1 b", "e1 a"])
            #expect(try await keys("?subscription_id=a") == ["e3 a", "e2 a", "e1 a"])
            #expect(try await keys("?event_id=e2&status=pending") == ["e2 b", "e2 a"])
            #expect(try await keys("?status=success") == [])
            #expect(try await keys("?since=2026-01-28T10:00:00.001Z") == [])
            let next = try #require(try await server.get(Self.path + "?limit=4")["next"]?.string)
            #expect(try await keys("?limit=4&cursor=\(next)") == ["e1 b", "e1 a"])
            for (query, problem) in [
                ("status=lost", "422 invalid_field status"), ("since=x", "422 invalid_field since"),
                ("cursor=x", "422 invalid_field cursor"), ("event_id=x", "404 event_unknown -"),
                ("subscription_id=x", "404 subscription_unknown -"), ("limit=0", "422 invalid_field limit"),
            ] {
                #expect(try await server.problem(.get, Self.path + "?" + query, as: .read) == problem)
            }
            for id in ["x", "dlv_1_99", "dlv_99_1"] {
                #expect(try await server.problem(.get, Self.path + "/\(id)", as: .read) == "404 delivery_unknown -")
                #expect(
                    try await server.problem(.get, Self.path + "/\(id)/attempts", as: .read) == "404 delivery_unknown -"
                )
                #expect(try await server.problem(.post, Self.path + "/\(id)/resend") == "404 delivery_unknown -")
            }
        }
    }

    @Test(arguments: TestDatabase.available)
    func pastEventsAreReplayed(_ test: TestDatabase) async throws {
        try await ServerHarness.run(on: test) { server in
            for number in 1...3 { try await server.tell(#""id": "e\#(number)""#) }
            try await server.dispatch()
            _ = try await server.subscribe(#""id": "s""#)
            let path = "/v1/webhooks/subscriptions/s/replay"
            let preview = try await server.send(.post, path, as: .write, body: #"{"event_id": "e2", "dry_run": true}"#)
            #expect(preview.status == .ok)
            #expect(try preview.json == ["dry_run": true, "deliveries": 2, "again": 0, "events": 2])
            for (scope, count) in [("missing", 3), ("failed", 0), ("undelivered", 3), ("all", 3)] {
                let body = #"{"position": 1, "scope": "\#(scope)", "dry_run": true}"#
                let counted = try await server.send(.post, path, as: .write, body: body)
                #expect(try counted.json["deliveries"]?.integer == Int64(count), "\(scope)")
            }
            let body =
                #"{"position": 1, "types": ["video.created"], "scope": "all", "rate_per_second": 10, "until": 1769680800000}"#
            let begun = try await server.send(.post, path, as: .write, body: body)
            #expect(begun.status == .accepted)
            let replay = try begun.json
            let id = replay["id"]?.string ?? ""
            #expect(begun.headers[.location] == "/v1/webhooks/replays/\(id)")
            #expect(replay["state"] == "running" && replay["position"] == 1 && replay["since"] == .null)
            #expect(replay["types"] == ["video.created"] && replay["scope"] == "all" && replay["rate_per_second"] == 10)
            #expect(replay["next_position"] == 1 && replay["end_position"] == 4 && replay["scheduled"] == 0)
            #expect(replay["until"] == "2026-01-29T10:00:00.000Z" && replay["subscription_id"] == "s")
            #expect(try await server.get("/v1/webhooks/replays/\(id)") == replay)
            #expect(try await server.get("/v1/webhooks/replays?subscription_id=s")["items"]?.array == [replay])
            #expect(try await server.get("/v1/webhooks/replays")["items"]?.array == [replay])
            let cancelled = try await server.send(.post, "/v1/webhooks/replays/\(id)/cancel", as: .write)
            #expect(try cancelled.status == .ok && cancelled.json["state"] == "cancelled")

            for (body, field) in [
                ("{}", "since"), (#"{"since": "x"}"#, "since"), (#"{"since": 0, "position": 1}"#, "since"),
                (#"{"position": 1, "scope": "some"}"#, "scope"),
                (#"{"position": 1, "rate_per_second": 0}"#, "rate_per_second"),
                (#"{"position": 1, "types": ["a b"]}"#, "types[0]"), (#"{"position": 1, "form": 1}"#, "form"),
                (#"{"since": 5, "until": 4}"#, "until"),
            ] {
                #expect(try await server.problem(.post, path, body) == "422 invalid_field \(field)", "\(body)")
            }
            #expect(try await server.problem(.post, path, #"{"event_id": "x"}"#) == "404 event_unknown -")
            #expect(try await server.problem(.get, "/v1/webhooks/replays/x", as: .read) == "404 replay_unknown -")
            #expect(try await server.problem(.post, "/v1/webhooks/replays/x/cancel") == "404 replay_unknown -")
            #expect(
                try await server.problem(.get, "/v1/webhooks/replays?subscription_id=x", as: .read)
                    == "404 subscription_unknown -"
            )
        }
    }
}
