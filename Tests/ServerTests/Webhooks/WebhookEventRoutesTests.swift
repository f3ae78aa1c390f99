import HTTPTypes
import HooklineEvents
import HooklinePrimitives
import HooklineStorageTestSupport
import HummingbirdTesting
import NIOCore
import Testing

@testable import HooklineServer

@Suite struct WebhookEventRoutesTests {
    private static let path = ServerHarness.events

    @Test(arguments: TestDatabase.available)
    func anEventIsAcceptedOnceAndKeptAsItWasSent(_ test: TestDatabase) async throws {
        try await ServerHarness.run(on: test) { server in
            let payload = #"{ "b" : 1.50,  "a" : "\u00e4", "n": [ 12345678901234567890 ] }"#
            let body = """
                {"type": "video.created", "id": "e1", "payload": \(payload) , "channels": ["eu"], "ordering_key": "v1",
                "tenant": "t", "timestamp": "2026-01-28T09:00:00Z"}
                """
            let first = try await server.send(.post, Self.path, as: .write, body: body)
            #expect(first.status == .accepted)
            #expect(try first.json == ["id": "e1", "duplicate": false])
            #expect(try await server.send(.post, Self.path, as: .write, body: body).json["duplicate"] == true)
            let other = #"{"type": "video.created", "id": "e1", "payload": 2}"#
            #expect(try await server.problem(.post, Self.path, other) == "409 id_reused id")

            try await server.dispatch()
            let answer = try await server.send(.get, Self.path + "/e1", as: .read)
            #expect(String(buffer: answer.body).hasSuffix(#""payload":\#(payload)}"#))
            let json = try answer.json
            #expect(json["position"] == 1 && json["type"] == "video.created" && json["tenant"] == "t")
            #expect(json["channels"] == ["eu"] && json["ordering_key"] == "v1" && json["refusal"] == .null)
            #expect(
                json["timestamp"] == "2026-01-28T09:00:00.000Z" && json["received_at"] == "2026-01-28T10:00:00.000Z"
            )
            #expect(try await server.problem(.get, Self.path + "/e2", as: .read) == "404 event_unknown -")
        }
    }

    @Test(arguments: ["null", "0", "true", #""text""#, "[]", "{}", #"[1,{"a":null}]"#])
    func anyJSONValueIsAPayload(_ payload: String) async throws {
        try await ServerHarness.run { server in
            let body = #"{"payload":\#(payload),"type":"video.created","id":"e"}"#
            #expect(try await server.send(.post, Self.path, as: .write, body: body).status == .accepted)
            try await server.dispatch()
            let answer = try await server.send(.get, Self.path + "/e", as: .read)
            #expect(String(buffer: answer.body).hasSuffix(#""payload":\#(payload)}"#))
        }
    }

    @Test func anArrayIsAcceptedAllOrNone() async throws {
        try await ServerHarness.run { server in
            let good = #"{"type": "video.created", "payload": {}}"#
            let answer = try await server.send(.post, Self.path, as: .write, body: "[\(good), \(good)]")
            #expect(answer.status == .accepted)
            let events = try #require(try answer.json["events"]?.array)
            #expect(events.count == 2 && events.allSatisfy { $0["duplicate"] == false })
            #expect(events.allSatisfy { $0["id"]?.string?.hasPrefix("msg_") == true })

            let unknown = #"{"type": "video.burned", "payload": {}}"#
            let refused = try await server.send(.post, Self.path, as: .write, body: "[\(good), \(good), \(unknown)]")
            #expect(refused.status == .unprocessableContent)
            #expect(try refused.code == "event_type_unknown" && refused.json["field"] == "[2].type")
            #expect(try refused.json["accepted"]?.string?.contains("video.created") == true)
            let reused = "[\(good), {\"type\": \"video.created\", \"id\": \"a\", \"payload\": 1}, "
            #expect(
                try await server.problem(
                    .post,
                    Self.path,
                    reused + #"{"type": "video.created", "id": "a", "payload": 2}]"#
                )
                    == "409 id_reused [2].id"
            )
            try await server.dispatch()
            #expect(try await server.get(Self.path)["items"]?.array?.count == 2)
        }
    }

    @Test func theIdempotencyKeyNamesEventsWithoutAnID() async throws {
        try await ServerHarness.run { server in
            func ids(_ key: String, _ body: String) async throws -> JSON {
                let headers: HTTPFields = [.idempotencyKey: key]
                return try await server.send(.post, Self.path, as: .write, headers: headers, body: body).json
            }
            let event = #"{"type": "video.created", "payload": 1}"#
            #expect(try await ids("k", event) == ["id": "k", "duplicate": false])
            #expect(try await ids("k", event) == ["id": "k", "duplicate": true])
            let named = #"{"type": "video.created", "payload": 1, "id": "own"}"#
            #expect(try await ids("k", named)["id"] == "own")
            let many = try await ids("k", "[\(event), \(named), \(event)]")
            #expect(many["events"]?.array?.map { $0["id"]?.string } == ["k.0", "own", "k.2"])
            #expect(many["events"]?.array?.map { $0["duplicate"]?.bool } == [false, true, false])
            #expect(try await ids(String(repeating: "k", count: 257), event)["field"] == "Idempotency-Key")
        }
    }

    /// What is sent, and the status, code and field of the answer.
    private static let bad: [(String, String)] = [
        ("", "400 body_missing -"), ("{", "400 malformed_json -"), ("17", "422 invalid_field "),
        ("[]", "422 invalid_field "), ("[17]", "422 invalid_field [0]"),
        (#"{"payload": 1}"#, "422 invalid_field type"), (#"{"type": "video.created"}"#, "422 invalid_field payload"),
        (#"{"type": 7, "payload": 1}"#, "422 invalid_field type"),
        (#"{"type": "", "payload": 1}"#, "422 invalid_field type"),
        (#"{"type": "video.created", "payload": 1, "Id": "a"}"#, "422 invalid_field Id"),
        (#"{"type": "video.created", "payload": 1, "payload": 2}"#, "422 invalid_field payload"),
        (#"{"type": "video.created", "payload": 1, "id": ""}"#, "422 invalid_field id"),
        (#"{"type": "video.created", "payload": 1, "id": "a\nb"}"#, "422 invalid_field id"),
        (#"{"type": "video.created", "payload": 1, "channels": "eu"}"#, "422 invalid_field channels"),
        (#"{"type": "video.created", "payload": 1, "channels": ["eu", "a b"]}"#, "422 invalid_field channels[1]"),
        (
            #"{"type": "video.created", "payload": 1, "channels": ["1","2","3","4","5","6"]}"#,
            "422 invalid_field channels"
        ),
        (#"{"type": "video.created", "payload": 1, "ordering_key": 1}"#, "422 invalid_field ordering_key"),
        (#"{"type": "video.created", "payload": 1, "tenant": ""}"#, "422 invalid_field tenant"),
        (#"{"type": "video.created", "payload": 1, "timestamp": "now"}"#, "422 invalid_field timestamp"),
        (#"{"type": "video.created", "payload": {"a": "\u0000"}}"#, "400 malformed_json -"),
        (#"{"type": "video.created", "payload": {"a": 1}} x"#, "400 malformed_json -"),
        (#"{"type": "video.burned", "payload": 1}"#, "422 event_type_unknown type"),
        (
            #"{"type": "video.created", "payload": "\#(String(repeating: "x", count: DomainEvent.maximumPayloadBytes - 1))"}"#,
            "422 invalid_field payload"
        ),
    ]

    @Test func namesWhatIsWrongWithAnEvent() async throws {
        try await ServerHarness.run { server in
            for (body, problem) in Self.bad {
                #expect(try await server.problem(.post, Self.path, body) == problem, "\(body.prefix(100))")
                guard problem.hasPrefix("422"), body.hasPrefix("{") else { continue }
                let good = #"{"type": "video.created", "payload": null}"#
                let (code, field) = (problem.split(separator: " ")[1], problem.split(separator: " ")[2])
                #expect(try await server.problem(.post, Self.path, "[\(good),\(body)]") == "422 \(code) [1].\(field)")
            }
            let many = "[" + Array(repeating: "1", count: 1001).joined(separator: ",") + "]"
            #expect(try await server.problem(.post, Self.path, many) == "422 invalid_field [0]")
            let event = #"{"type": "video.created", "payload": 1}"#
            let tooMany = "[" + Array(repeating: event, count: 1001).joined(separator: ",") + "]"
            #expect(try await server.problem(.post, Self.path, tooMany) == "422 invalid_field ")
            #expect(try await server.problem(.post, Self.path, as: .read, event) == "403 scope_missing -")
            try await server.dispatch()
            #expect(try await server.get(Self.path)["items"] == [])
        }
    }

    @Test func aPayloadThatBreaksItsSchemaIsRefusedWithThePlaces() async throws {
        try await ServerHarness.run { server in
            let type = #"{"schema": {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}}}"#
            let put = try await server.send(.put, "/v1/webhooks/event-types/checked", as: .write, body: type)
            #expect(put.status == .created)
            let bad = #"{"type": "checked", "payload": {"n": "one"}}"#
            let alone = try await server.send(.post, Self.path, as: .write, body: bad)
            #expect(alone.status == .unprocessableContent)
            #expect(try alone.code == "payload_refused" && alone.json["field"] == "payload")
            #expect(try alone.json["violations"]?[0]?["pointer"] == "/n")
            let good = #"{"type": "checked", "payload": {"n": 1}}"#
            #expect(try await server.problem(.post, Self.path, "[\(good),\(bad)]") == "422 payload_refused [1].payload")
            #expect(try await server.send(.post, Self.path, as: .write, body: good).status == .accepted)
        }
    }

    @Test(arguments: TestDatabase.available)
    func eventsAreSearchedPageByPage(_ test: TestDatabase) async throws {
        try await ServerHarness.run(on: test) { server in
            for number in 1...5 {
                let more = number.isMultiple(of: 2) ? #""channels": ["eu"]"# : #""tenant": "t""#
                try await server.tell(
                    #""id": "e\#(number)", \#(more)"#,
                    type: number < 5 ? "video.created" : "batch.completed"
                )
                try await server.dispatch()
                server.clock.advance(byMilliseconds: 60_000)
            }
            func ids(_ query: String) async throws -> [String?] {
                try await server.get(Self.path + query)["items"]?.array?.map { $0["id"]?.string } ?? []
            }
            #expect(try await ids("") == ["e5", "e4", "e3", "e2", "e1"])
            #expect(try await ids("?order=oldest") == ["e1", "e2", "e3", "e4", "e5"])
            #expect(try await ids("?type=batch.completed") == ["e5"])
            #expect(try await ids("?type=batch.completed,video.created&tenant=t") == ["e5", "e3", "e1"])
            #expect(try await ids("?channel=eu") == ["e4", "e2"])
            #expect(try await ids("?since=2026-01-28T10:01:00Z&until=2026-01-28T10:03:00Z") == ["e3", "e2"])
            #expect(try await ids("?since=1769594640000") == ["e5"])
            let page = try await server.get(Self.path + "?limit=2")
            #expect(page["items"]?.array?.count == 2)
            let next = try #require(page["next"]?.string)
            #expect(try await ids("?limit=2&cursor=\(next)") == ["e3", "e2"])
            for (query, field) in [
                ("limit=101", "limit"), ("order=up", "order"), ("since=soon", "since"), ("type=a%20b", "type"),
                ("cursor=x", "cursor"), ("tenants=t", "tenants"), ("tenant=", "tenant"),
            ] {
                #expect(
                    try await server.problem(.get, Self.path + "?" + query, as: .read) == "422 invalid_field \(field)"
                )
            }
        }
    }

    @Test func explainsAndSendsOneEvent() async throws {
        try await ServerHarness.run { server in
            let all = try await server.subscribe(#""id": "all""#)
            _ = try await server.subscribe(#""id": "other", "filter": {"n": 2}"#)
            #expect(all["id"] == "all")
            let id = try await server.tell()
            try await server.dispatch()
            let explained = try await server.get(Self.path + "/\(id)/explain")
            #expect(explained["event"]?["id"]?.string == id)
            let subscriptions = try #require(explained["subscriptions"]?.array)
            #expect(subscriptions.map { $0["subscription_id"] } == ["all", "other"])
            #expect(subscriptions.map { $0["matches"] } == [true, false])
            #expect(subscriptions[0]["delivery"]?["status"] == "pending" && subscriptions[1]["delivery"] == .null)
            #expect(subscriptions[0]["hold"]?.string?.isEmpty == false)
            #expect(subscriptions[1]["reason"]?.string?.contains("filter") == true)
            let one = try await server.get(Self.path + "/\(id)/explain?subscription_id=other")
            #expect(one["subscriptions"]?.array?.count == 1)
            #expect(
                try await server.problem(.get, Self.path + "/\(id)/explain?subscription_id=x", as: .read)
                    == "404 subscription_unknown -"
            )

            let send = Self.path + "/\(id)/send"
            let sent = try await server.send(.post, send, as: .write, body: #"{"subscription_id": "other"}"#)
            #expect(sent.status == .accepted)
            #expect(try sent.json["status"] == "pending" && sent.json["cause"] == "resend")
            #expect(try await server.problem(.post, send, "{}") == "422 invalid_field subscription_id")
            #expect(
                try await server.problem(.post, send, #"{"subscription_id": "x"}"#) == "404 subscription_unknown -"
            )
            let nothing = Self.path + "/nothing/send"
            #expect(try await server.problem(.post, nothing, #"{"subscription_id": "all"}"#) == "404 event_unknown -")
        }
    }
}
