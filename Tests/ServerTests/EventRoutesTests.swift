import HTTPTypes
import HooklineEvents
import HooklinePrimitives
import HooklineStorageTestSupport
import HummingbirdTesting
import NIOCore
import Testing

@testable import HooklineServer

@Suite struct EventRoutesTests {
    @Test(arguments: TestDatabase.available)
    func takesAnArrayALineEachOneEventAndAnEnvelope(_ test: TestDatabase) async throws {
        try await ServerHarness.run(on: test) { server in
            let array = """
                [{"id": "1", "type": "click", "user_id": "u"}, {"type": "view", "content_id": "c", "id": "2"}]
                """
            let answer = try await server.send(.post, "/v1/events", as: .client, body: array)
            #expect(answer.status == .accepted)
            #expect(try answer.json == ["accepted": 2, "duplicates": 0, "rejected": [], "position": 2])

            let (seen, new) = (#"{"id":"2","type":"view","content_id":"c"}"#, #"{"type":"like","user_id":"u"}"#)
            let lines = "\(seen)\r\n\n\(new)\n"
            let ndjson: HTTPFields = [.contentType: "application/x-ndjson"]
            let second = try await server.send(.post, "/v1/events", as: .client, headers: ndjson, body: lines)
            #expect(try second.json == ["accepted": 1, "duplicates": 1, "rejected": [], "position": 3])

            let one = #"{"type": "share", "user_id": "u"}"#
            #expect(try await server.send(.post, "/v1/events", as: .write, body: one).json["position"] == 4)
            let envelope = #"{"sent_at": "2026-01-28T10:00:00Z", "events": [\#(one)]}"#
            #expect(try await server.send(.post, "/v1/events", as: .admin, body: envelope).json["position"] == 5)
            #expect(try await server.storedEvents().map(\.type) == ["click", "view", "like", "share", "share"])
            #expect(try await server.send(.post, "/v1/events", as: .client, body: "[]").status == .accepted)
        }
    }

    @Test func correctsASkewedClock() async throws {
        try await ServerHarness.run { server in
            // The server's clock stands at 10:00; the senders' are an hour and a day off.
            let body = """
                [{"type": "a", "user_id": "u", "timestamp": "2026-01-28T08:59:58Z", "sent_at": "2026-01-28T09:00:00Z"},
                {"type": "b", "user_id": "u", "timestamp": 1769680799000, "sent_at": 1769680800000},
                {"type": "c", "user_id": "u", "timestamp": "2026-01-28T09:00:00+02:00"}, {"type": "d", "user_id": "u"}]
                """
            #expect(try await server.send(.post, "/v1/events", as: .client, body: body).status == .accepted)
            let moments = try await server.storedEvents().map { "\($0.type) \($0.occurredAt)" }
            #expect(
                moments == [
                    "a 2026-01-28T09:59:58.000Z", "b 2026-01-28T09:59:59.000Z", "c 2026-01-28T07:00:00.000Z",
                    "d 2026-01-28T10:00:00.000Z",
                ]
            )
        }
    }

    /// One bad event a row: what is sent, and the field that the answer names.
    private static let bad: [(String, String)] = [
        (#"{"user_id": "u"}"#, "type"), (#"{"type": "", "user_id": "u"}"#, "type"),
        (#"{"type": 7, "user_id": "u"}"#, "type"), (#"{"type": "click"}"#, "user_id"),
        (#"{"type": "click", "user_id": ""}"#, "user_id"), (#"{"type": "click", "user_id": 12}"#, "user_id"),
        (#"{"type": "click", "user_id": "a\nb"}"#, "user_id"),
        (#"{"type": "click", "user_id": "\#(String(repeating: "x", count: 257))"}"#, "user_id"),
        (#"{"type": "\#(String(repeating: "x", count: 129))", "user_id": "u"}"#, "type"),
        (#"{"type": "click", "user_id": "u", "userId": "u"}"#, "userId"),
        (#"{"type": "click", "user_id": "u", "user_id": "v"}"#, "user_id"),
        (#"{"type": "click", "user_id": "u", "properties": []}"#, "properties"),
        (
            #"{"type": "click", "user_id": "u", "properties": {"a": "\#(String(repeating: "x", count: 33_000))"}}"#,
            "properties"
        ),
        (#"{"type": "click", "user_id": "u", "timestamp": "yesterday"}"#, "timestamp"),
        (#"{"type": "click", "user_id": "u", "timestamp": "10000-01-01T00:00:00Z"}"#, "timestamp"),
        (#"{"type": "click", "user_id": "u", "timestamp": -1}"#, "timestamp"),
        (#"{"type": "click", "user_id": "u", "timestamp": 1.5}"#, "timestamp"),
        (#"{"type": "click", "user_id": "u", "timestamp": "2026-01-29T10:00:00.001Z"}"#, "timestamp"),
        (#"{"type": "hookline.observation", "user_id": "u"}"#, "type"),
        (#"{"type": "click", "id": "hookline.exposure:1", "user_id": "u"}"#, "id"),
        (#"{"type": "exposure", "user_id": "u"}"#, "properties.experiment_id"),
        (#"{"type": "exposure", "user_id": "u", "properties": {"experiment_id": 1}}"#, "properties.experiment_id"),
        ("[]", ""), ("17", ""), ("null", ""),
    ]

    @Test func namesTheFieldOfEachBadEventAndStoresTheOthers() async throws {
        try await ServerHarness.run { server in
            let good = #"{"type": "click", "user_id": "u", "timestamp": "2026-01-29T10:00:00Z"}"#
            let body = "[\(good)," + Self.bad.map(\.0).joined(separator: ",") + ",\(good)]"
            let answer = try await server.send(.post, "/v1/events", as: .client, body: body)
            #expect(answer.status == .accepted)
            let rejected = try #require(try answer.json["rejected"]?.array)
            #expect(rejected.map { $0["index"]?.integer } == Self.bad.indices.map { Int64($0 + 1) })
            #expect(rejected.map { $0["field"]?.string } == Self.bad.map(\.1))
            #expect(rejected.allSatisfy { !($0["problem"]?.string ?? "").isEmpty })
            #expect(try await server.storedEvents().count == 2)

            let nothing = try await server.send(.post, "/v1/events", as: .client, body: "[" + Self.bad[0].0 + "]")
            #expect(nothing.status == .unprocessableContent)
            #expect(try nothing.json["rejected"]?.array?.count == 1 && nothing.code == "nothing_accepted")
            #expect(try await server.storedEvents().count == 2)
        }
    }

    @Test func aBrokenLineSpoilsItselfOnly() async throws {
        try await ServerHarness.run { server in
            let lines = "{\"type\":\"a\",\"user_id\":\"u\"}\n{\"type\":\n{\"type\":\"b\",\"user_id\":\"u\"} x\n"
            let ndjson: HTTPFields = [.contentType: "application/x-ndjson; charset=utf-8"]
            let answer = try await server.send(.post, "/v1/events", as: .client, headers: ndjson, body: lines)
            #expect(try answer.json["accepted"] == 1)
            #expect(try answer.json["rejected"]?.array?.map { $0["index"]?.integer } == [1, 2])
        }
    }

    @Test func refusesABodyThatIsNoneAndStoresNothing() async throws {
        try await ServerHarness.run { server in
            let event = #"{"type": "click", "user_id": "u"}"#
            func code(_ body: String) async throws -> String {
                try await server.problem(.post, "/v1/events", as: .client, body)
            }
            #expect(try await code("") == "400 body_missing -")
            #expect(try await code("[\(event),]") == "400 malformed_json -")
            #expect(try await code("[\(event)") == "400 malformed_json -")
            #expect(try await code("\"text\"").hasPrefix("422 invalid_field"))
            #expect(try await code(#"{"events": [\#(event)], "sentAt": 1}"#) == "422 invalid_field sentAt")
            #expect(try await code(#"{"sent_at": "x", "events": []}"#) == "422 invalid_field sent_at")
            #expect(try await code(#"[{"type": "click", "user_id": "a\u0000b"}]"#) == "400 malformed_json -")
            let many = "[" + Array(repeating: "1", count: EventsBody.maximumEvents + 1).joined(separator: ",") + "]"
            #expect(try await code(many).hasPrefix("422 invalid_field"))
            #expect(try await code("[\"" + String(repeating: "x", count: 4 << 20) + "\"]") == "413 body_too_large -")
            let invalid = try await server.client.executeRequest(
                uri: "/v1/events",
                method: .post,
                headers: [.authorization: "Bearer \(server.key(.client))"],
                body: ByteBuffer(bytes: Array(#"[{"type": ""#.utf8) + [0xC3, 0x28] + Array(#""}]"#.utf8))
            )
            #expect(invalid.status == .badRequest)
            #expect(try invalid.json["offset"]?.integer == 11)
            #expect(try await server.storedEvents().isEmpty)
        }
    }
}
