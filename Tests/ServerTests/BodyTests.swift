import HTTPTypes
import HooklinePrimitives
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import HooklineServer

@Suite struct BodyTests {
    private func request(_ parts: [String], _ headers: HTTPFields = [:]) -> Request {
        let stream = AsyncStream<ByteBuffer> { continuation in
            for part in parts { continuation.yield(ByteBuffer(string: part)) }
            continuation.finish()
        }
        return Request(
            head: HTTPRequest(method: .post, scheme: nil, authority: nil, path: "/", headerFields: headers),
            body: RequestBody(asyncSequence: stream)
        )
    }

    @Test func partsAreCollected() async throws {
        let body = try await request(["{\"a\"", ": 1", "}"]).collectedBody()
        #expect(String(buffer: body) == "{\"a\": 1}")
        #expect(try await request(["{\"a\"", ": 1", "}"]).json() == ["a": 1])
    }

    @Test func tooLongBodiesAreRefused() async throws {
        let error = BodyError.tooLarge(maximumBytes: 5)
        await #expect(throws: error) { try await request(["abc", "def"]).collectedBody(maximumBytes: 5) }
        await #expect(throws: error) {
            try await request(["abc"], [.contentLength: "6"]).collectedBody(maximumBytes: 5)
        }
        #expect(
            try await request(["abc", "de"], [.contentLength: "5"]).collectedBody(maximumBytes: 5).readableBytes == 5
        )
    }

    @Test func aBodyThatWasCutIsRefused() async {
        await #expect(throws: BodyError.incomplete(announcedBytes: 9, receivedBytes: 3)) {
            try await request(["abc"], [.contentLength: "9"]).collectedBody()
        }
    }

    @Test(arguments: [
        ("application/json", Request.BodyKind.json), ("application/json; charset=utf-8", .json),
        ("Application/JSON ;charset=UTF-8", .json), ("application/cloudevents+json", .json),
        ("application/x-ndjson", .ndjson), ("application/jsonl", .ndjson),
    ])
    func kindsAreKnown(_ mediaType: String, _ kind: Request.BodyKind) throws {
        #expect(try request([], [.contentType: mediaType]).bodyKind(accepted: [.json, .ndjson]) == kind)
    }

    @Test(arguments: ["text/plain", "application/xml", "multipart/form-data; boundary=x", "", "json", "+json"])
    func otherKindsAreRefused(_ mediaType: String) {
        #expect(throws: BodyError.self) { try request([], [.contentType: mediaType]).bodyKind() }
    }

    @Test func nothingSaidIsJSONAndLinesMustBeWanted() throws {
        #expect(try request([]).bodyKind() == .json)
        #expect(throws: BodyError.self) { try request([], [.contentType: "application/x-ndjson"]).bodyKind() }
    }

    @Test func answersOverHTTP() async throws {
        try await ServerHarness.run { server in
            func post(_ body: String?, _ type: String = "application/json") async throws -> TestResponse {
                try await server.send(.post, "/v1/keys", as: .admin, headers: [.contentType: type], body: body)
            }
            let malformed = try await post(#"{"name": "a",}"#)
            #expect(malformed.status == .badRequest)
            #expect(try malformed.code == "malformed_json")
            #expect(try malformed.json["offset"] == 13)
            #expect(malformed.headers[.contentType] == "application/problem+json")

            let empty = try await post(nil)
            #expect(empty.status == .badRequest)
            #expect(try empty.code == "body_missing")

            let type = try await post("a=b", "text/plain")
            #expect(type.status == .unsupportedMediaType)
            #expect(try type.json["accepted"] == "application/json")

            let long = try await post(#"{"name": "\#(String(repeating: "a", count: 20_000))"}"#)
            #expect(long.status == .contentTooLarge)
            #expect(try long.json["maximum_bytes"] == 16_384)

            let utf8 = try await server.client.executeRequest(
                uri: "/v1/keys",
                method: .post,
                headers: [.authorization: "Bearer \(server.key(.admin))", .contentType: "application/json"],
                body: ByteBuffer(bytes: Array(#"{"name": ""#.utf8) + [0xFF] + Array("\"}".utf8))
            )
            #expect(utf8.status == .badRequest)
            #expect(try utf8.json["offset"] == 10)
        }
    }

    @Test func fourMebibytesAreTheLimitOfEvents() async throws {
        try await ServerHarness.run { server in
            let limit = ServerLimits.maximumBodyBytes
            let fits = try await server.send(
                .post,
                "/v1/events",
                as: .write,
                body: String(repeating: " ", count: limit - 2) + "[]"
            )
            #expect(fits.status == .accepted)
            let long = try await server.send(
                .post,
                "/v1/events",
                as: .write,
                body: String(repeating: " ", count: limit - 1) + "[]"
            )
            #expect(long.status == .contentTooLarge)
        }
    }
}
