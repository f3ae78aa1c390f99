import HTTPTypes
import HooklinePrimitives
import HooklineStorageTestSupport
import HummingbirdTesting
import NIOCore
import Testing

@testable import HooklineServer

@Suite struct KeyRoutesTests {
    @Test(arguments: TestDatabase.available)
    func aKeyIsMadeUsedListedAndRevoked(_ test: TestDatabase) async throws {
        try await ServerHarness.run(on: test) { server in
            let made = try await server.send(
                .post,
                "/v1/keys",
                as: .admin,
                body: #"{"name": "ingest", "scope": "read"}"#
            )
            #expect(made.status == .created)
            #expect(made.headers[.cacheControl] == "no-store")
            let body = try made.json
            let (id, key) = (try #require(body["id"]?.string), try #require(body["key"]?.string))
            #expect(body.object?.keys == ["id", "name", "scope", "created_at", "key"])
            #expect(body["created_at"] == "2026-01-28T10:00:00.000Z")
            #expect(key.hasPrefix("hk_\(id)_"))

            let use: HTTPFields = [.authorization: "bearer \(key)"]
            #expect(try await server.send(.get, "/metrics", headers: use).status == .ok)
            server.clock.advance(byMilliseconds: 60_000)
            try await server.authenticator.flushUsage()

            let listed = try await server.send(.get, "/v1/keys?limit=500", as: .admin)
            #expect(listed.status == .ok)
            #expect(!String(buffer: listed.body).contains(key))
            let item = try #require(try listed.json["items"]?.array?.first { $0["id"]?.string == id })
            #expect(item["name"] == "ingest")
            #expect(item["last_used_at"] == "2026-01-28T10:00:00.000Z")
            #expect(try listed.json["next"] == .null)

            #expect(try await server.send(.delete, "/v1/keys/\(id)", as: .admin).status == .noContent)
            #expect(try await server.send(.get, "/metrics", headers: use).status == .unauthorized)
            let again = try await server.send(.delete, "/v1/keys/\(id)", as: .admin)
            #expect(again.status == .notFound)
            #expect(try again.code == "key_unknown")
        }
    }

    @Test func pagesFollowTheirCursors() async throws {
        try await ServerHarness.run { server in
            var ids: Set<String> = []
            var path = "/v1/keys?limit=1"
            for _ in KeyScope.allCases {
                let json = try await server.send(.get, path, as: .admin).json
                for item in json["items"]?.array ?? [] { ids.insert(item["id"]?.string ?? "") }
                guard let next = json["next"]?.string else { break }
                path = "/v1/keys?limit=1&cursor=\(next)"
            }
            #expect(ids.count == KeyScope.allCases.count)
        }
    }

    @Test(arguments: [
        ("{}", "name"), (#"{"name": "a"}"#, "scope"), (#"{"name": "", "scope": "read"}"#, "name"),
        (#"{"name": 1, "scope": "read"}"#, "name"), (#"{"name": "a", "scope": "owner"}"#, "scope"),
        (#"{"name": "a", "scope": "read", "id": "b"}"#, "id"),
        (#"{"name": "a\u0001", "scope": "read"}"#, "name"), ("[]", ""),
    ])
    func wrongFieldsAreNamed(_ body: String, _ field: String) async throws {
        try await ServerHarness.run { server in
            let answer = try await server.send(.post, "/v1/keys", as: .admin, body: body)
            #expect(answer.status == .unprocessableContent)
            #expect(try answer.json["field"]?.string == field)
            #expect(try answer.code == "invalid_field")
        }
    }

    @Test(arguments: [
        ("limit=0", "limit"), ("limit=501", "limit"), ("limit=ten", "limit"), ("limit=", "limit"),
        ("limit=1&limit=2", "limit"), ("cursor=what", "cursor"), ("page=2", "page"),
    ])
    func wrongParametersAreNamed(_ query: String, _ field: String) async throws {
        try await ServerHarness.run { server in
            let answer = try await server.send(.get, "/v1/keys?\(query)", as: .admin)
            #expect(answer.status == .unprocessableContent)
            #expect(try answer.json["field"]?.string == field)
        }
    }
}
