import HTTPTypes
import HooklinePrimitives
import HooklineStorageTestSupport
import HooklineWebhooks
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import HooklineServer

@Suite struct SvixAttemptTests {
    /// Two messages to two endpoints, one of which refuses everything and is not tried again.
    private func withAttempts(
        _ test: TestDatabase = .memory,
        _ body: @escaping @Sendable (ServerHarness, _ first: String, _ second: String) async throws -> Void
    ) async throws {
        try await ServerHarness.run(on: test) { server in
            try await LoopbackReceiver.run(
                answer: { received in
                    let isBad = received.headers[HTTPField.Name("x-bad")!] != nil
                    return Response(
                        status: isBad ? .init(code: 418) : .ok,
                        body: .init(byteBuffer: .init(string: "seen"))
                    )
                },
                { _, url in
                    try await server.makeEndpoint(#""uid": "good""#, url: url)
                    let bad = try await server.makeEndpoint(#""uid": "bad", "headers": {"x-bad": "1"}"#, url: url)
                    _ = try await server.webhooks.update(Identifier(bad["id"]?.string ?? "")) { definition, _ in
                        definition.retry = .none
                    }
                    let first = try await server.makeMessage(#""eventId": "1", "channels": ["eu"]"#)["id"]?.string ?? ""
                    let second = try await server.makeMessage(#""eventId": "2""#)["id"]?.string ?? ""
                    try await server.delivering {
                        try await eventually("both messages ended at both endpoints") {
                            let statistics = try await server.webhooks.statistics()
                            return statistics.successfulDeliveries == 2 && statistics.failedDeliveries == 2
                        }
                        try await body(server, first, second)
                    }
                }
            )
        }
    }

    @Test(arguments: TestDatabase.available)
    func attemptsAreListedByMessageAndEndpoint(_ test: TestDatabase) async throws {
        try await withAttempts(test) { server, first, second in
            func listed(_ path: String) async throws -> [JSON] {
                try await server.svix(.ok, .get, "/app/acme/attempt/" + path)["data"]?.array ?? []
            }
            let ofMessage = try await listed("msg/1")
            #expect(ofMessage.count == 2)
            let failed = try #require(ofMessage.first { $0["status"] == 2 })
            #expect(
                failed["statusText"] == "fail" && failed["responseStatusCode"] == 418 && failed["response"] == "seen"
            )
            #expect(failed["msgId"]?.string == first && failed["triggerType"] == 0 && failed["msg"] == nil)
            #expect(
                failed["url"]?.string?.hasSuffix("/hook") == true && failed["id"]?.string?.hasPrefix("att_") == true
            )
            #expect((failed["responseDurationMs"]?.integer ?? -1) >= 0)
            #expect(try await listed("msg/1?status=0&with_content=false").map { $0["response"] } == [""])
            #expect(try await listed("msg/1?endpoint_id=bad") == [failed])
            for query in ["status=1", "status=3", "status=4", "status_code_class=500", "before=2020-01-01T00:00:00Z"] {
                #expect(try await listed("msg/1?" + query) == [], "\(query)")
            }
            #expect(try await listed("msg/1?status_code_class=400") == [failed])

            let ofEndpoint = try await listed("endpoint/bad?with_msg=true")
            #expect(ofEndpoint.map { $0["msgId"]?.string } == [second, first])
            #expect(ofEndpoint[0]["msg"]?["eventId"] == "2" && ofEndpoint[0]["msg"]?["payload"] == [:])
            #expect(try await listed("endpoint/bad?channel=eu").map { $0["msgId"]?.string } == [first])
            #expect(try await listed("endpoint/bad?event_types=a.c") == [])

            let id = try #require(failed["id"]?.string)
            #expect(try await server.svix(.ok, .get, "/app/acme/msg/1/attempt/\(id)") == failed)
            for path in [
                "2/attempt/\(id)", "1/attempt/att_1_1_99", "1/attempt/x", "1/attempt/att_7fffffffffffffff_1_1",
            ] {
                #expect(try await server.refusal(.get, "/app/acme/msg/" + path) == "404 not_found", "\(path)")
            }
            for query in ["tag=x", "status=5", "iterator=x", "order=ascending", "with_msg=2"] {
                let name = query.prefix { $0 != "=" }
                #expect(
                    try await server.refusal(.get, "/app/acme/attempt/endpoint/bad?" + query) == "422 query/\(name)"
                )
            }
        }
    }

    @Test func deliveriesAreListedByMessageAndEndpoint() async throws {
        try await withAttempts { server, first, second in
            let endpoints = try await server.svix(.ok, .get, "/app/acme/msg/\(first)/endpoint")["data"]?.array ?? []
            #expect(
                Set(endpoints.map { "\($0["uid"]?.string ?? "") \($0["statusText"]?.string ?? "")" }) == [
                    "good success", "bad fail",
                ]
            )
            #expect(endpoints.allSatisfy { $0["nextAttempt"] == .null && $0["url"] != nil })
            func messages(_ query: String) async throws -> [String] {
                let json = try await server.svix(.ok, .get, "/app/acme/endpoint/bad/msg?" + query)
                return json["data"]?.array?.compactMap { $0["eventId"]?.string } ?? []
            }
            #expect(try await messages("") == ["2", "1"])
            #expect(try await messages("status=2") == ["2", "1"])
            #expect(try await messages("status=0") == [])
            #expect(try await messages("status=4") == [])
            #expect(try await messages("channel=eu") == ["1"])
            #expect(try await messages("event_types=a.c") == [])
            let page = try await server.svix(.ok, .get, "/app/acme/endpoint/bad/msg?limit=1&with_content=false")
            #expect(page["data"]?[0]?["status"] == 2 && page["data"]?[0]?["payload"] == [:] && page["done"] == false)
            #expect(page["data"]?[0]?["id"]?.string == second)
            let iterator = try #require(page["iterator"]?.string)
            #expect(try await messages("limit=1&iterator=\(iterator)") == ["1"])
            let stats = try await server.svix(.ok, .get, "/app/acme/endpoint/bad/stats")
            #expect(stats["success"] == 0 && stats["fail"] == 2)
        }
    }

    @Test func aMessageIsSentAgain() async throws {
        try await withAttempts { server, first, _ in
            let path = "/app/acme/msg/\(first)/endpoint/"
            #expect(try await server.svix(.accepted, .post, path + "bad/resend") == [:])
            #expect(try await server.refusal(.post, path + "none/resend") == "404 not_found")
            #expect(try await server.refusal(.post, path + "bad/resend", as: .read) == "403 insufficient access")
            try await eventually("a second attempt") {
                let json = try await server.svix(.ok, .get, "/app/acme/attempt/msg/\(first)?endpoint_id=bad")
                return json["data"]?.array?.map { $0["triggerType"]?.integer } == [1, 0]
            }
            // Pages of one cut the attempts of a delivery too.
            var ids: [String] = []
            var query = "?limit=1"
            repeat {
                let json = try await server.svix(.ok, .get, "/app/acme/attempt/endpoint/bad" + query)
                ids += json["data"]?.array?.compactMap { $0["id"]?.string } ?? []
                guard json["done"] == false, let iterator = json["iterator"]?.string else { break }
                query = "?limit=1&iterator=\(iterator)"
            } while ids.count < 10
            #expect(ids.count == 3 && Set(ids).count == 3)
            let all = try await server.svix(.ok, .get, "/app/acme/attempt/endpoint/bad")
            #expect(all["data"]?.array?.compactMap { $0["id"]?.string } == ids && all["done"] == true)
        }
    }

    /// Deliveries to an endpoint that is gone are told, without its URL.
    @Test func whatADeletedEndpointGotStays() async throws {
        try await withAttempts { server, first, _ in
            try await server.svix(.noContent, .delete, "/app/acme/endpoint/bad")
            let attempts = try await server.svix(.ok, .get, "/app/acme/attempt/msg/\(first)")["data"]?.array ?? []
            #expect(attempts.count == 2 && attempts.contains { $0["url"] == "" && $0["status"] == 2 })
            let endpoints = try await server.svix(.ok, .get, "/app/acme/msg/\(first)/endpoint")["data"]?.array ?? []
            #expect(endpoints.map { $0["uid"]?.string } == ["good"])
        }
    }

    /// Svix tells its customers nothing of deliveries that fail; whoever wants to know it names these types.
    @Test func noticesAreForThoseWhoNameThem() async throws {
        try await withAttempts { server, _, _ in
            try await server.makeEndpoint(#""uid": "watch", "eventTypes": ["webhook.*"]"#)
            let path = "/app/acme/msg"
            try await eventually("both notices are listed where they are asked for") {
                let json = try await server.svix(.ok, .get, path + "?event_types=webhook.delivery_exhausted")
                return json["data"]?.array?.count == 2
            }
            let all = try await server.svix(.ok, .get, path)["data"]?.array ?? []
            #expect(all.map { $0["eventId"]?.string } == ["2", "1"])
            let notices = try await server.svix(.ok, .get, path + "?event_types=webhook.delivery_exhausted")["data"]
            let id = try Identifier(#require(notices?[0]?["id"]?.string))
            let matches = try await server.webhooks.explain(id).subscriptions.map(\.matches)
            // In the order of ids, which is by chance where they were made in one millisecond.
            #expect(matches.count == 3 && matches.count { $0 } == 1)
        }
    }

    @Test func cursorsAreRead() {
        let key = DeliveryKey(position: 26, subscription: 3)
        #expect(SvixAttemptCursor("att_1a_3_12") == .attempt(key, number: 12))
        #expect(SvixAttemptCursor("dlv_1a_3") == .delivery(key))
        for text in ["", "att_", "att_1_2", "att_1_2_0", "att_1_2_-1", "att_1_2_x", "att_0_1_1", "dlv_1", "1_2_3"] {
            #expect(SvixAttemptCursor(text) == nil, "\(text)")
        }
    }
}
