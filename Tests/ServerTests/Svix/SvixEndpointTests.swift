import HTTPTypes
import HooklinePrimitives
import HooklineStorageTestSupport
import HooklineWebhooks
import HummingbirdTesting
import NIOCore
import Testing

@testable import HooklineServer

@Suite struct SvixEndpointTests {
    private static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw3vN0cLzT0v8="

    @Test(arguments: TestDatabase.available)
    func endpointsAreSubscriptions(_ test: TestDatabase) async throws {
        try await ServerHarness.run(on: test) { server in
            let made = try await server.makeEndpoint(
                #""uid": "main", "description": "Main", "eventTypes": ["video.created"], "channels": ["eu"], "#
                    + #""throttleRate": 100, "metadata": {"team": "billing"}, "disabled": false"#
            )
            let id = try #require(made["id"]?.string)
            #expect(id.hasPrefix("ep_") && made["uid"] == "main" && made["description"] == "Main")
            #expect(made["eventTypes"] == ["video.created"] && made["filterTypes"] == ["video.created"])
            #expect(made["channels"] == ["eu"] && made["throttleRate"] == 100 && made["rateLimit"] == 100)
            #expect(made["metadata"] == ["team": "billing"] && made["disabled"] == false && made["version"] == 1)
            for name in [id, "main"] {
                #expect(try await server.svix(.ok, .get, "/app/acme/endpoint/\(name)") == made)
            }
            let definition = try await server.webhooks.subscription(Identifier(id)).definition
            #expect(definition.format == .payload && definition.retry == .standard && definition.tenant == "acme")

            let list = try await server.svix(.ok, .get, "/app/acme/endpoint")
            #expect(list["data"] == [made] && list["done"] == true)
            try await server.svix(.noContent, .delete, "/app/acme/endpoint/main")
            #expect(try await server.refusal(.get, "/app/acme/endpoint/\(id)") == "404 not_found")
            #expect(try await server.makeEndpoint(#""uid": "main""#)["id"] != made["id"])
        }
    }

    /// Clients of version 1 know two fields by other names.
    @Test func bothVersionsNamesAreRead() async throws {
        try await ServerHarness.run { server in
            let made = try await server.makeEndpoint(#""filterTypes": ["video.*"], "rateLimit": 7, "version": 3"#)
            #expect(made["eventTypes"] == ["video.*"] && made["throttleRate"] == 7 && made["version"] == 1)
            let path = "/app/acme/endpoint"
            let body = #"{"url": "https://a.example/", "filterTypes": ["no.such"]}"#
            #expect(try await server.refusal(.post, path, body) == "422 body/filterTypes")
        }
    }

    @Test func aPatchChangesWhatItNames() async throws {
        try await ServerHarness.run { server in
            let given = #""uid": "main", "eventTypes": ["video.created"], "throttleRate": 9, "metadata": {"a": "b"}"#
            let path = "/app/acme/endpoint/main"
            let made = try await server.makeEndpoint(given)
            var patched = try await server.svix(.ok, .patch, path, #"{"description": "x", "channels": ["eu"]}"#)
            #expect(patched["uid"] == "main" && patched["eventTypes"] == made["eventTypes"])
            #expect(patched["throttleRate"] == 9 && patched["metadata"] == ["a": "b"] && patched["channels"] == ["eu"])
            let nulls = #"{"eventTypes": null, "throttleRate": null, "channels": null, "metadata": null}"#
            patched = try await server.svix(.ok, .patch, path, nulls)
            #expect(patched["eventTypes"] == .null && patched["throttleRate"] == .null && patched["channels"] == .null)
            #expect(patched["metadata"] == [:] && patched["uid"] == "main" && patched["url"] == made["url"])
            #expect(try await server.svix(.ok, .patch, path, #"{"disabled": true}"#)["disabled"] == true)
            #expect(try await server.svix(.ok, .patch, path, #"{"disabled": false}"#)["disabled"] == false)
            #expect(try await server.svix(.ok, .patch, path, #"{"uid": "other"}"#)["uid"] == "other")
            #expect(try await server.refusal(.get, path) == "404 not_found")
            let id = try #require(made["id"]?.string)
            #expect(try await server.svix(.ok, .patch, "/app/acme/endpoint/\(id)", #"{"uid": null}"#)["uid"] == .null)
        }
    }

    @Test func aPutTakesTheRestToItsDefault() async throws {
        try await ServerHarness.run { server in
            let made = try await server.makeEndpoint(#""uid": "main", "throttleRate": 9, "disabled": true"#)
            let id = try Identifier(#require(made["id"]?.string))
            _ = try await server.webhooks.update(id) { definition, _ in definition.concurrency = 3 }
            let path = "/app/acme/endpoint/"
            let put = try await server.svix(
                .ok,
                .put,
                path + "main",
                #"{"url": "http://127.0.0.1:9/b", "uid": "main"}"#
            )
            #expect(put["url"] == "http://127.0.0.1:9/b" && put["throttleRate"] == .null && put["id"] == made["id"])
            // What Svix does not know stays as it is, and so does whether it is disabled.
            let definition = try await server.webhooks.subscription(id).definition
            #expect(definition.concurrency == 3 && definition.format == .payload && put["disabled"] == true)

            let new = try await server.svix(.created, .put, path + "new", #"{"url": "http://127.0.0.1:9/c"}"#)
            #expect(new["uid"] == "new" && new["disabled"] == false)
            #expect(
                try await server.refusal(.put, path + "ep_1", #"{"url": "http://127.0.0.1:9/"}"#) == "404 not_found"
            )
            #expect(try await server.refusal(.put, path + "main", "{}") == "422 body/url")
        }
    }

    @Test func aUIDIsOfOneEndpointOfAnApplication() async throws {
        try await ServerHarness.run { server in
            let path = "/app/acme/endpoint"
            try await server.makeEndpoint(#""uid": "main""#)
            let spare = try await server.makeEndpoint()
            let again = #"{"url": "http://127.0.0.1:9/", "uid": "main"}"#
            #expect(try await server.refusal(.post, path, again) == "409 conflict")
            let id = try #require(spare["id"]?.string)
            #expect(try await server.refusal(.patch, path + "/\(id)", #"{"uid": "main"}"#) == "409 conflict")
            try await server.svix(.created, .post, "/app", #"{"name": "B", "uid": "b"}"#)
            try await server.svix(.created, .post, "/app/b/endpoint", again)
            #expect(try await server.refusal(.get, "/app/b/endpoint/\(id)") == "404 not_found")
            #expect(try await server.refusal(.delete, "/app/b/endpoint/\(id)") == "404 not_found")
        }
    }

    @Test(arguments: [
        (#"{}"#, "url"), (#"{"url": "ftp://a.example"}"#, "url"), (#"{"url": "http://10.0.0.1/"}"#, "url"),
        (#"{"url": "https://a.example", "uid": "ep_1"}"#, "uid"),
        (#"{"url": "https://a.example", "eventTypes": []}"#, "eventTypes"),
        (#"{"url": "https://a.example", "eventTypes": ["a b"]}"#, "eventTypes/[0]"),
        (#"{"url": "https://a.example", "throttleRate": 0}"#, "throttleRate"),
        (#"{"url": "https://a.example", "channels": ["a b"]}"#, "channels/[0]"),
        (#"{"url": "https://a.example", "secret": "whsec_AAAA"}"#, "secret"),
        (#"{"url": "https://a.example", "headers": {"host": "x"}}"#, "headers"),
        (#"{"url": "https://a.example", "headers": {"x": 1}}"#, "headers/x"),
        (#"{"url": "https://a.example", "disabled": 1}"#, "disabled"),
        (#"{"url": "https://a.example", "fifo": true}"#, "fifo"),
    ])
    func wrongFieldsAreNamed(_ body: String, _ place: String) async throws {
        try await ServerHarness.run { server in
            try await server.makeEndpoint()
            #expect(try await server.refusal(.post, "/app/acme/endpoint", body) == "422 body/\(place)")
        }
    }

    // MARK: Secrets and headers

    @Test func secretsAreToldAndRotated() async throws {
        try await ServerHarness.run { server in
            let path = "/app/acme/endpoint/main/secret"
            try await server.makeEndpoint(#""uid": "main", "secret": "\#(Self.secret.dropFirst(6))""#)
            let told = try await server.svix(.get, path)
            #expect(try told.json == ["key": .string(Self.secret)])
            #expect(told.headers[.cacheControl] == "no-store")
            #expect(try await server.refusal(.get, path, as: .read) == "403 insufficient access")

            server.clock.advance(byMilliseconds: 1000)
            let new = try await server.svix(.ok, .post, path + "/rotate")
            #expect(new["key"] != .string(Self.secret))
            #expect(try await server.svix(.ok, .get, path) == new)
            server.clock.advance(byMilliseconds: 1000)
            let given = #"{"key": "\#(Self.secret)", "gracePeriodSeconds": 0}"#
            #expect(try await server.svix(.ok, .post, path + "/rotate", given) == ["key": .string(Self.secret)])
            #expect(try await server.svix(.ok, .get, path) == ["key": .string(Self.secret)])
            for (body, place) in [
                (#"{"key": "x"}"#, "key"), (#"{"gracePeriodSeconds": 604801}"#, "gracePeriodSeconds"),
            ] {
                #expect(try await server.refusal(.post, path + "/rotate", body) == "422 body/\(place)")
            }
        }
    }

    @Test func headersAreSetChangedAndHidden() async throws {
        try await ServerHarness.run { server in
            let path = "/app/acme/endpoint/main/headers"
            try await server.makeEndpoint(#""uid": "main", "headers": {"x-a": "1", "X-Api-Key": "k"}"#)
            #expect(try await server.svix(.ok, .get, path) == ["headers": ["x-a": "1"], "sensitive": ["X-Api-Key"]])
            #expect(try await server.refusal(.get, path, as: .read) == "403 insufficient access")
            let change = #"{"headers": {"X-B": "2", "x-a": null}, "deleteHeaders": ["x-api-KEY"]}"#
            try await server.svix(.noContent, .patch, path, change)
            #expect(try await server.svix(.ok, .get, path) == ["headers": ["X-B": "2"], "sensitive": []])
            try await server.svix(.noContent, .put, path, #"{"headers": {"Authorization": "Bearer x"}}"#)
            #expect(try await server.svix(.ok, .get, path) == ["headers": [:], "sensitive": ["Authorization"]])
            #expect(try await server.refusal(.put, path, "{}") == "422 body/headers")
            #expect(try await server.refusal(.patch, path, #"{"headers": {"svix-id": "x"}}"#) == "422 body/headers")
            #expect(
                try await server.refusal(.patch, path, #"{"headers": {"a": "1", "A": "2"}}"#) == "422 body/headers/A"
            )
        }
    }

    // MARK: Delivering again

    @Test func replaysAreTasks() async throws {
        try await ServerHarness.run { server in
            let path = "/app/acme/endpoint/main"
            try await server.makeEndpoint(#""uid": "main""#)
            let since = #""since": "2026-01-27T10:00:00Z""#
            let tasks: [(String, String, ReplayRequest.Scope)] = [
                ("recover", "recover", .failed), ("replay-missing", "replay", .missing),
                ("bulk-replay", "bulk-replay", .all),
            ]
            for (name, task, scope) in tasks {
                let begun = try await server.svix(.accepted, .post, "\(path)/\(name)", "{\(since)}")
                #expect(begun["task"]?.string == "endpoint.\(task)" && begun["status"] == "running")
                let id = try #require(begun["id"]?.string)
                #expect(try await server.svix(.ok, .get, "/background-task/\(id)") == begun)
                let replay = try await server.webhooks.replay(
                    Identifier(unchecked: String(id.split(separator: "_", maxSplits: 2)[2]))
                )
                #expect(replay.request.scope == scope && replay.subscriptionID.text.hasPrefix("ep_"))
                #expect(try await server.refusal(.post, "\(path)/\(name)", "{}") == "422 body/since")
            }
            let refused = #"{\#(since), "tag": "x"}"#
            #expect(try await server.refusal(.post, path + "/bulk-replay", refused) == "422 body/tag")
            for id in ["x", "qtask_recover_rpl_1"] {
                #expect(try await server.refusal(.get, "/background-task/\(id)") == "404 not_found")
            }
            #expect(
                try await server.svix(.ok, .get, path + "/stats")
                    == ["success": 0, "pending": 0, "sending": 0, "fail": 0, "canceled": 0]
            )
            #expect(try await server.refusal(.get, path + "/stats?since=2026-01-27T10:00:00Z") == "422 query/since")
        }
    }
}
