import HTTPTypes
import HooklineEvents
import HooklinePrimitives
import HooklineStorageTestSupport
import HooklineWebhooks
import HummingbirdTesting
import NIOCore
import Testing

@testable import HooklineServer

@Suite struct SvixMessageTests {
    private static let path = "/app/acme/msg"
    private static let retried = HTTPField.Name("svix-retry-count")!
    private static let key = HTTPField.Name("idempotency-key")!

    @Test(arguments: TestDatabase.available)
    func messagesAreEvents(_ test: TestDatabase) async throws {
        try await ServerHarness.run(on: test) { server in
            try await server.makeEndpoint()
            let made = try await server.makeMessage(#""eventId": "inv.17", "channels": ["eu", "us"]"#)
            let id = try #require(made["id"]?.string)
            #expect(id.hasPrefix("msg_") && !id.contains("."))
            #expect(made["eventId"] == "inv.17" && made["eventType"] == "a.b" && made["payload"] == ["n": 1])
            #expect(made["channels"] == ["eu", "us"] && made["timestamp"] == "2026-01-28T10:00:00.000Z")
            #expect(made["tags"] == .null)
            // It is there at once, though the dispatcher has not seen it.
            for name in [id, "inv.17"] {
                #expect(try await server.svix(.ok, .get, Self.path + "/\(name)") == made)
            }
            let short = try await server.svix(.ok, .get, Self.path + "/\(id)?with_content=false")
            #expect(short["payload"] == [:])
            #expect(try await server.webhooks.eventType("a.b").description == "")
            #expect(try await server.webhooks.acceptedEvent(Identifier(id)).event.tenant == "acme")
            #expect(try await server.svix(.ok, .get, "/app/acme/attempt/msg/\(id)")["data"] == [])
            #expect(try await server.svix(.ok, .get, Self.path + "/\(id)/endpoint")["data"] == [])

            try await server.svix(.created, .post, "/app", #"{"name": "B", "uid": "b"}"#)
            for name in [id, "inv.17", "none"] {
                #expect(try await server.refusal(.get, "/app/b/msg/\(name)") == "404 not_found")
            }
        }
    }

    @Test func thePayloadIsKeptByteForByte() async throws {
        try await ServerHarness.run { server in
            try await server.makeEndpoint()
            for payload in [#"{"b":1.0,  "a":[1e2], "é":"\u00e9"}"#, "{}", "{\n}"] {
                let id = try #require(try await server.makeMessage(payload: payload)["id"]?.string)
                #expect(try await server.webhooks.acceptedEvent(Identifier(id)).event.payload.text == payload)
                let answer = try await server.svix(.get, Self.path + "/\(id)")
                #expect(String(buffer: answer.body).contains(#""payload":\#(payload),"#))
            }
            let raw = #""transformationsParams": {"rawPayload": "[1.50]"}"#
            let id = try #require(try await server.makeMessage(raw, payload: "{}")["id"]?.string)
            #expect(try await server.webhooks.acceptedEvent(Identifier(id)).event.payload.text == "[1.50]")
            #expect(try await server.svix(.ok, .get, Self.path + "/\(id)")["payload"] == ["value": [1.5]])
        }
    }

    @Test func anEventIDIsUsedOnce() async throws {
        try await ServerHarness.run { server in
            try await server.makeEndpoint()
            let body = #"{"eventType": "a.b", "payload": {}, "eventId": "1"}"#
            let made = try await server.svix(.accepted, .post, Self.path, body)
            #expect(try await server.refusal(.post, Self.path, body) == "409 conflict")
            // A client that lost the answer repeats itself, and says so.
            server.clock.advance(byMilliseconds: 5)
            #expect(try await server.svix(.accepted, .post, Self.path, body, headers: [Self.retried: "1"]) == made)
            let other = #"{"eventType": "a.b", "payload": {"n": 2}, "eventId": "1"}"#
            let answer = try await server.refusal(.post, Self.path, other, headers: [Self.retried: "1"])
            #expect(answer == "409 conflict")
            try await server.svix(.created, .post, "/app", #"{"name": "B", "uid": "b"}"#)
            try await server.svix(.accepted, .post, "/app/b/msg", body)
        }
    }

    @Test func anIdempotencyKeyMakesOneMessage() async throws {
        try await ServerHarness.run { server in
            try await server.makeEndpoint()
            let body = #"{"eventType": "a.b", "payload": {}}"#
            let keyed: HTTPFields = [Self.key: "auto_1"]
            let made = try await server.svix(.accepted, .post, Self.path, body, headers: keyed)
            server.clock.advance(byMilliseconds: 5)
            #expect(try await server.svix(.accepted, .post, Self.path, body, headers: keyed) == made)
            #expect(made["eventId"] == .null)
            #expect(try await server.svix(.accepted, .post, Self.path, body)["id"] != made["id"])
            let other = #"{"eventType": "a.c", "payload": {}}"#
            #expect(try await server.refusal(.post, Self.path, other, headers: keyed) == "409 conflict")
            let long: HTTPFields = [Self.key: String(repeating: "k", count: 257)]
            #expect(try await server.refusal(.post, Self.path, body, headers: long) == "422 body/idempotency-key")
        }
    }

    @Test func aMessageBringsItsApplication() async throws {
        try await ServerHarness.run { server in
            let body = #"{"eventType": "a.b", "payload": {}, "application": {"name": "New", "uid": "new"}}"#
            try await server.svix(.accepted, .post, "/app/new/msg", body)
            #expect(try await server.svix(.ok, .get, "/app/new")["name"] == "New")
            try await server.svix(.accepted, .post, "/app/new/msg", body)
            #expect(try await server.refusal(.post, "/app/other/msg", body) == "422 body/application/uid")
            #expect(try await server.refusal(.post, "/app/app_1/msg", body) == "404 not_found")
        }
    }

    @Test func aPayloadHasToFollowItsSchema() async throws {
        try await ServerHarness.run { server in
            try await server.makeEndpoint()
            let type = #"{"name": "a.b", "description": "", "schemas": {"1": {"required": ["n"]}}}"#
            try await server.svix(.created, .post, "/event-type", type)
            try await server.makeMessage()
            #expect(
                try await server.refusal(.post, Self.path, #"{"eventType": "a.b", "payload": {}}"#)
                    == "422 body/payload"
            )
        }
    }

    @Test(arguments: [
        ("{}", "422 body/eventType"), (#"{"eventType": "a b", "payload": {}}"#, "422 body/eventType"),
        (#"{"eventType": "a"}"#, "422 body/payload"), (#"{"eventType": "a", "payload": [1]}"#, "422 body/payload"),
        (#"{"eventType": "a", "payload": {}, "eventId": "a b"}"#, "422 body/eventId"),
        (#"{"eventType": "a", "payload": {}, "channels": ["a b"]}"#, "422 body/channels/[0]"),
        (#"{"eventType": "a", "payload": {}, "channels": ["1","2","3","4","5","6"]}"#, "422 body/channels"),
        (#"{"eventType": "a", "payload": {}, "tags": ["a"]}"#, "422 body/tags"),
        (#"{"eventType": "a", "payload": {}, "deliverAt": "2026-01-28T11:00:00Z"}"#, "422 body/deliverAt"),
        (#"{"eventType": "a", "payload": {}, "x": 1}"#, "422 body/x"), ("[]", "422 body"), ("", "400 body_missing"),
        (#"{"eventType": "a", "payload": {}, "payload": {}}"#, "422 body/payload"),
        (#"{"eventType": "a", "payload": {"n": 01}}"#, "400 malformed_json"),
        (#"{"eventType": "a", "payload": {}} x"#, "400 malformed_json"),
        (
            #"{"eventType": "a", "payload": {}, "transformationsParams": {"rawPayload": "x"}}"#,
            "422 body/transformationsParams/rawPayload"
        ),
        (
            #"{"eventType": "a", "payload": {}, "transformationsParams": {"headers": {}}}"#,
            "422 body/transformationsParams/headers"
        ),
    ])
    func wrongFieldsAreNamed(_ body: String, _ refusal: String) async throws {
        try await ServerHarness.run { server in
            try await server.makeEndpoint()
            #expect(try await server.refusal(.post, Self.path, body) == refusal)
        }
    }

    @Test func messagesAreListedTheNewestFirst() async throws {
        try await ServerHarness.run { server in
            try await server.makeEndpoint()
            for number in 1...3 {
                try await server.makeMessage(#""eventId": "\#(number)", "channels": ["c\#(number)"]"#)
                server.clock.advance(byMilliseconds: 1000)
            }
            try await server.dispatch()
            func listed(_ query: String) async throws -> [String] {
                let json = try await server.svix(.ok, .get, Self.path + query)
                return json["data"]?.array?.compactMap { $0["eventId"]?.string } ?? []
            }
            #expect(try await listed("") == ["3", "2", "1"])
            #expect(try await listed("?channel=c2") == ["2"])
            #expect(try await listed("?event_types=a.b,a.c") == ["3", "2", "1"])
            #expect(try await listed("?event_types=a.c") == [])
            #expect(try await listed("?before=2026-01-28T10:00:01Z") == ["1"])
            #expect(try await listed("?after=2026-01-28T10:00:02%2B00:00") == ["3"])
            let first = try await server.svix(.ok, .get, Self.path + "?limit=2&with_content=false")
            #expect(first["data"]?[0]?["payload"] == [:] && first["done"] == false)
            let iterator = try #require(first["iterator"]?.string)
            #expect(try await listed("?limit=2&iterator=\(iterator)") == ["1"])
            #expect(try await server.refusal(.get, Self.path + "?iterator=x") == "422 query/iterator")
            #expect(try await server.refusal(.get, Self.path + "?tag=x") == "422 query/tag")
            #expect(try await server.refusal(.get, Self.path + "?before=now") == "422 query/before")
        }
    }

    /// An id tells its `eventId` back, and only to its application.
    @Test func idsAreReadBack() throws {
        var generator = SystemRandomNumberGenerator()
        let letters = Array("aZ09-_.")
        for length in 1...SvixMessageID.maximumEventIDBytes {
            let eventID = String((0..<length).map { _ in letters.randomElement(using: &generator) ?? "a" })
            let id = SvixMessageID.derived(eventID: eventID, of: "acme")
            #expect(try Identifier(id.text) == id && !id.text.contains("."))
            #expect(SvixMessageID.eventID(of: id, of: "acme") == eventID)
            #expect(SvixMessageID.eventID(of: id, of: "other") == nil)
        }
        // Python 3.11: hashlib.sha256(b"svix\0event\0acme\0inv.17").hexdigest()[:32]
        let known = SvixMessageID.derived(eventID: "inv.17", of: "acme")
        #expect(known.text == "msg_de371b41d536494c4fc3a6034ae59ff5_inv~17")
        #expect(SvixMessageID.derived(idempotencyKey: "inv.17", of: "acme") != known)
        for id: Identifier in ["msg_1", "x", "msg_0123456789abcdef0123456789abcdef_a"] {
            #expect(SvixMessageID.eventID(of: id, of: "acme") == nil)
        }
    }
}
