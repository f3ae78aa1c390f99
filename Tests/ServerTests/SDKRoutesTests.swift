import HTTPTypes
import HooklineExperiments
import HooklinePrimitives
import HooklineStorageTestSupport
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import HooklineServer

/// What GrowthBook's SDKs ask for.
@Suite struct SDKRoutesTests {
    private static func write(_ server: ServerHarness, _ value: String = "old") async throws {
        let body = #"{"features": {"f": {"defaultValue": "\#(value)"}}, "savedGroups": {"g": ["a"]}}"#
        #expect(try await server.send(.post, "/v1/features", as: .write, body: body).status == .ok)
    }

    @Test(arguments: TestDatabase.available)
    func featuresAreSentWithATag(_ test: TestDatabase) async throws {
        try await ServerHarness.run(on: test) { server in
            try await Self.write(server)
            let path = "/api/features/\(server.key(.client))"
            let first = try await server.send(.get, path)
            #expect(first.status == .ok && first.headers[.contentType] == "application/json")
            #expect(first.headers[.cacheControl]?.contains("stale-while-revalidate=3600") == true)
            #expect(first.headers[.serverSentEvents] == "enabled")
            let json = try first.json
            #expect(json["status"] == 200 && json["dateUpdated"]?.string == server.clock.now().description)
            #expect(json["features"] == ["f": ["defaultValue": "old"]] && json["savedGroups"] == ["g": ["a"]])
            let tag = try #require(first.headers[.eTag])
            for given in [tag, "W/\(tag)", "\"x\", \(tag)", "*"] {
                let same = try await server.send(.get, path, headers: [.ifNoneMatch: given])
                #expect(same.status == .notModified && same.body.readableBytes == 0)
            }
            try await Self.write(server, "new")
            let other = try await server.send(.get, path, headers: [.ifNoneMatch: tag])
            #expect(other.status == .ok && other.headers[.eTag] != tag)
        }
    }

    @Test func onlyClientKeysStandInAddresses() async throws {
        try await ServerHarness.run { server in
            for scope in KeyScope.allCases {
                let status = try await server.send(.get, "/api/features/\(server.key(scope))").status
                #expect(status == (scope == .client ? .ok : .forbidden))
            }
            for path in ["/api/features/nonsense", "/sub/nonsense", "/sub/\(ServerHarness.environmentKey)"] {
                let status = try await server.send(.get, path).status
                #expect(status == (path.hasSuffix("nonsense") ? .unauthorized : .forbidden))
            }
        }
    }

    @Test func keysAreCutInLogs() {
        let key = APIKey.generate()
        let request = Request(
            head: HTTPRequest(method: .get, scheme: nil, authority: nil, path: "/api/features/\(key.text)?a=b"),
            body: RequestBody(buffer: ByteBuffer())
        )
        #expect(request.loggedPath == "/api/features/hk_\(key.id)_...")
    }

    @Test func encryptedFeaturesAreReadWithTheKey() async throws {
        let key = "Zvwv/+uhpFDznZ6SX28Yjg=="
        let configuration = ServerConfiguration(featureEncryptionKey: FeatureEncryptionKey(base64: key))
        try await ServerHarness.run(configuration: configuration) { server in
            try await Self.write(server)
            let path = "/api/features/\(server.key(.client))"
            let json = try await server.send(.get, path).json
            #expect(json["features"] == [:] && json["savedGroups"] == nil)
            let features = try #require(json["encryptedFeatures"]?.string)
            let groups = try #require(json["encryptedSavedGroups"]?.string)
            #expect(EncryptedPayload.decrypt(features, key: key) == #"{"f":{"defaultValue":"old"}}"#)
            #expect(EncryptedPayload.decrypt(groups, key: key) == #"{"g":["a"]}"#)
            #expect(
                EncryptedPayload.decrypt(features, key: "AAAAAAAAAAAAAAAAAAAAAA==") != #"{"f":{"defaultValue":"old"}}"#
            )
            // With another key, or none, the bytes are others, and so is their tag.
            let tag = try #require(try await server.send(.get, path).headers[.eTag]).filter { $0 != "\"" }
            let told = try await server.open("/ofrep/v1/stream/\(server.key(.client))", parts: 2)
            #expect(told.text.contains("etag") && !told.text.contains(tag))
            // The same text each time, so that the tag tells the truth.
            #expect(try await server.send(.get, path).json["encryptedFeatures"]?.string == features)
        }
    }

    @Test func aStreamBeginsWithWhatThereIsAndTellsOfChanges() async throws {
        try await ServerHarness.run { server in
            try await Self.write(server)
            let path = "/sub/\(server.key(.client))"
            let told = try await server.open(path, parts: 3, after: 2) {
                try await Self.write(server, "new")
            }
            let lines = told.text.split(separator: "\n")
            #expect(lines.filter { $0 == "event: features" }.count == 2)
            let data = try lines.filter { $0.hasPrefix("data: ") }.map { try JSON.parse(String($0.dropFirst(6))) }
            #expect(data.map { $0["features"]?["f"]?["defaultValue"] } == ["old", "new"])
            // Who knows it already is not told again.
            let last = try #require(lines.last { $0.hasPrefix("id: ") }).dropFirst(4)
            let resumed = try await server.open(path, headers: [.lastEventID: String(last)], parts: 1)
            #expect(resumed.text == "retry: 2000\n: connected\n\n")
        }
    }

    @Test func aStreamEndsWithItsKey() async throws {
        try await ServerHarness.run { server in
            try await Self.write(server)
            let key = server.key(.client)
            let told = try await server.open("/sub/\(key)", parts: 9, after: 2) {
                let id = try #require(APIKey(key)).id
                #expect(try await server.send(.delete, "/v1/keys/\(id)", as: .admin).status == .noContent)
                try await Self.write(server, "new")
            }
            #expect(told.text.contains("old") && !told.text.contains("new"))
        }
    }

    @Test func pagesOfListedOriginsMayAsk() async throws {
        try await ServerHarness.run(configuration: ServerConfiguration(allowedOrigins: ["https://studio.example"])) {
            server in
            let headers: HTTPFields = [.origin: "https://studio.example"]
            let answer = try await server.send(.get, "/api/features/\(server.key(.client))", headers: headers)
            #expect(answer.headers[.accessControlAllowOrigin] == "https://studio.example")
            #expect(answer.headers[.accessControlExposeHeaders]?.contains("X-SSE-Support") == true)
            var preflight = headers
            preflight[.accessControlRequestMethod] = "PUT"
            let asked = try await server.send(.options, "/v1/sticky-buckets/id/u", headers: preflight)
            #expect(asked.headers[.accessControlAllowMethods] == "GET, PUT")
        }
    }
}
