import HTTPTypes
import HooklinePrimitives
import HooklineWebhooks
import Hummingbird
import HummingbirdTesting
import Testing

@testable import HooklineServer

/// Every operation of webhooks answers as the OpenAPI document says.
@Suite struct WebhookDescriptionTests {
    /// In this order: what an operation needs is made by those before it.
    private static let calls: [(HTTPRequest.Method, String, String?, HTTPResponse.Status)] = [
        (.post, "event-types", #"{"name": "show.renewed", "schema": {"type": "object"}}"#, .created),
        (.post, "event-types", #"{"name": "a b"}"#, .unprocessableContent),
        (.post, "event-types", #"{"name": "show.renewed"}"#, .conflict),
        (.get, "event-types?limit=500", nil, .ok), (.get, "event-types/show.renewed", nil, .ok),
        (.put, "event-types/show.renewed", #"{"schema": {"type": "object"}}"#, .ok),
        (.put, "event-types/show.ended", "{}", .created),
        (.delete, "event-types/show.ended", nil, .noContent), (.delete, "event-types/show.ended", nil, .notFound),
        (.post, "tenants", #"{"id": "t", "name": "T", "metadata": {"a": 1}}"#, .created), (.get, "tenants", nil, .ok),
        (.get, "tenants/t", nil, .ok), (.put, "tenants/t", #"{"name": "U"}"#, .ok), (.get, "tenants/x", nil, .notFound),
        (.post, "events", #"{"type": "show.renewed", "payload": {}, "id": "e"}"#, .accepted),
        (.post, "events", #"[{"type": "video.created", "payload": 1, "id": "f", "channels": ["eu"]}]"#, .accepted),
        (.post, "events", #"{"type": "show.renewed", "payload": 1}"#, .unprocessableContent),
        (.post, "events", #"{"type": "show.renewed", "payload": {"a": 1}, "id": "e"}"#, .conflict),
        (.post, "events", "{", .badRequest), (.get, "events", nil, .ok), (.get, "events/e", nil, .ok),
        (.get, "events/x", nil, .notFound), (.get, "events/poll?after=0", nil, .ok),
        (.post, "subscriptions", #"{"id": "s", "url": "URL", "events": ["*"], "start": {"position": 0}}"#, .created),
        (
            .post, "subscriptions",
            """
            {"id": "v", "url": "URL", "events": ["video.*"], "verify": true, "ed25519": true, "rate_per_second": 2,
            "retry": {"delays_seconds": [1]}, "filter": {"n": 1}, "headers": {"X-A": "b"}, "tenant": "t"}
            """, .created
        ),
        (.get, "subscriptions", nil, .ok), (.get, "subscriptions/v", nil, .ok),
        (.patch, "subscriptions/v", #"{"description": "d"}"#, .ok), (.post, "subscriptions/v/enable", nil, .conflict),
        (.post, "subscriptions/v/verify", nil, .conflict), (.post, "subscriptions/s/verify", nil, .conflict),
        (.post, "subscriptions/s/disable", nil, .ok), (.post, "subscriptions/s/enable", nil, .ok),
        (.post, "subscriptions/s/rotate-secret", nil, .ok),
        (.post, "subscriptions/v/rotate-secret", #"{"kind": "ed25519"}"#, .ok),
        (.post, "subscriptions/s/replay", #"{"position": 0, "dry_run": true}"#, .ok),
        (.post, "subscriptions/s/replay", #"{"since": 0}"#, .accepted), (.get, "replays", nil, .ok),
        (.post, "events/e/send", #"{"subscription_id": "s"}"#, .accepted), (.get, "events/e/explain", nil, .ok),
        (.get, "deliveries", nil, .ok), (.get, "deliveries/dlv_1_1", nil, .ok),
        (.get, "deliveries/x", nil, .notFound), (.post, "deliveries/dlv_1_1/resend", nil, .accepted),
        (.get, "stats", nil, .ok), (.get, "subscriptions/s/stats", nil, .ok),
        (.get, "subscriptions/s/undelivered", nil, .ok),
        (.get, "deliveries/dlv_1_1/attempts", nil, .ok), (.delete, "subscriptions/s", nil, .noContent),
        (.delete, "subscriptions/s", nil, .notFound), (.delete, "tenants/t", nil, .noContent),
    ]

    @Test func everyAnswerIsAsDescribed() async throws {
        try await LoopbackReceiver.run(answer: { _ in Response(status: .internalServerError) }) { _, url in
            try await ServerHarness.run { server in
                let description = try await APIDescription(server)
                try await server.delivering {
                    for (method, path, body, status) in Self.calls {
                        if path == "subscriptions/s/stats" {
                            try await eventually("an attempt was made") {
                                let attempts = try await server.get("/v1/webhooks/subscriptions/s/stats")["attempts"]
                                return attempts?.integer ?? 0 > 0
                            }
                        }
                        let path = "/v1/webhooks/" + path
                        let body = body?.replacing("URL", with: url)
                        let answer = try await server.send(method, path, as: .admin, body: body)
                        #expect(answer.status == status, "\(method) \(path)")
                        #expect(try description.problems(method, path, answer) == [], "\(method) \(path)")
                    }
                }
            }
        }
    }

    @Test func everyReplayIsAsDescribed() async throws {
        try await ServerHarness.run { server in
            let description = try await APIDescription(server)
            _ = try await server.subscribe(#""id": "s""#)
            for scope in ReplayRequest.Scope.allCases {
                let begun = try await server.send(
                    .post,
                    "/v1/webhooks/subscriptions/s/replay",
                    as: .write,
                    body: #"{"since": 0, "types": ["video.created"], "scope": "\#(scope.rawValue)"}"#
                )
                let path = "/v1/webhooks/replays/\(try begun.json["id"]?.string ?? "")"
                for (method, path) in [(HTTPRequest.Method.get, path), (.post, path + "/cancel")] {
                    let answer = try await server.send(method, path, as: .write)
                    #expect(answer.status == .ok)
                    #expect(try description.problems(method, path, answer) == [], "\(path)")
                }
            }
        }
    }
}
