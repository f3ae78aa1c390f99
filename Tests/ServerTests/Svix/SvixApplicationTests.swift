import HTTPTypes
import HooklinePrimitives
import HooklineStorageTestSupport
import HooklineWebhooks
import Testing

@testable import HooklineServer

@Suite struct SvixApplicationTests {
    @Test(arguments: TestDatabase.available)
    func applicationsAreTenants(_ test: TestDatabase) async throws {
        try await ServerHarness.run(on: test) { server in
            let given = #"{"name": "Acme", "uid": "acme", "metadata": {"plan": "gold"}}"#
            let made = try await server.svix(.created, .post, "/app", given)
            #expect(made["id"] == "acme" && made["uid"] == "acme" && made["name"] == "Acme")
            #expect(made["metadata"] == ["plan": "gold"] && made["createdAt"] == "2026-01-28T10:00:00.000Z")
            #expect(made["throttleRate"] == .null && made["rateLimit"] == .null)
            #expect(try await server.svix(.ok, .get, "/app/acme") == made)
            #expect(try await server.webhooks.tenant("acme").name == "Acme")

            #expect(try await server.refusal(.post, "/app", given) == "409 conflict")
            #expect(try await server.svix(.ok, .post, "/app?get_if_exists=true", given) == made)
            #expect(
                try await server.svix(.created, .post, "/app?get_if_exists=true", #"{"name": "B"}"#)["uid"] == .null
            )

            let patched = try await server.svix(.ok, .patch, "/app/acme", #"{"name": "Acme Inc"}"#)
            #expect(patched["name"] == "Acme Inc" && patched["metadata"] == ["plan": "gold"])
            let put = try await server.svix(.ok, .put, "/app/acme", #"{"name": "Acme", "uid": "acme"}"#)
            #expect(put["metadata"] == [:] && put["createdAt"] == made["createdAt"])
            #expect(try await server.svix(.created, .put, "/app/new", #"{"name": "New"}"#)["uid"] == "new")

            try await server.svix(.noContent, .delete, "/app/acme")
            for path in ["/app/acme", "/app/acme/endpoint", "/app/acme/msg"] {
                #expect(try await server.refusal(.get, path) == "404 not_found")
            }
        }
    }

    @Test func pagesEndWithDone() async throws {
        try await ServerHarness.run { server in
            for uid in ["a", "b", "c"] {
                try await server.svix(.created, .post, "/app", #"{"name": "x", "uid": "\#(uid)"}"#)
            }
            let first = try await server.svix(.ok, .get, "/app?limit=2&order=ascending")
            #expect(first["data"]?.array?.compactMap { $0["uid"]?.string } == ["a", "b"])
            #expect(first["done"] == false && first["iterator"] == "b" && first["prevIterator"] == .null)
            let second = try await server.svix(.ok, .get, "/app?limit=2&iterator=b")
            #expect(second["data"]?.array?.compactMap { $0["uid"]?.string } == ["c"])
            #expect(second["done"] == true && second["iterator"] == .null)
        }
    }

    @Test func anApplicationWithoutAUIDHasAnID() async throws {
        try await ServerHarness.run { server in
            let made = try await server.svix(.created, .post, "/app", #"{"name": "No uid"}"#)
            let id = try #require(made["id"]?.string)
            #expect(id.hasPrefix("app_") && made["uid"] == .null)
            #expect(try await server.svix(.ok, .get, "/app/\(id)") == made)
            #expect(try await server.refusal(.patch, "/app/\(id)", #"{"uid": "late"}"#) == "422 body/uid")
            #expect(try await server.refusal(.put, "/app/app_1", #"{"name": "x"}"#) == "404 not_found")
        }
    }

    /// What another part of Hookline stored is shown in the kinds that Svix's clients know.
    @Test func metadataIsTexts() async throws {
        try await ServerHarness.run { server in
            let metadata = RawJSON(unchecked: #"{"a": "b", "n": 1.5, "o": {"p": null}}"#.utf8)
            _ = try await server.webhooks.addTenant("acme", name: "Acme", metadata: metadata)
            let seen = try await server.svix(.ok, .get, "/app/acme")["metadata"]
            #expect(seen == ["a": "b", "n": "1.5", "o": #"{"p":null}"#])
        }
    }

    @Test(arguments: [
        ("{}", "422 body/name"), (#"{"name": ""}"#, "422 body/name"), (#"{"name": "x", "uid": "a b"}"#, "422 body/uid"),
        (#"{"name": "x", "uid": "app_1"}"#, "422 body/uid"), (#"{"name": "x", "uid": ""}"#, "422 body/uid"),
        (#"{"name": "x", "rateLimit": 3}"#, "422 body/rateLimit"), (#"{"name": "x", "nmae": 3}"#, "422 body/nmae"),
        (#"{"name": "x", "metadata": {"a": 1}}"#, "422 body/metadata/a"), ("[]", "422 body"),
        ("{", "400 malformed_json"),
        (#"{"name": "x", "metadata": {"hookline.svix.uid": "a"}}"#, #"422 body/metadata/["hookline.svix.uid"]"#),
    ])
    func wrongFieldsAreNamed(_ body: String, _ refusal: String) async throws {
        try await ServerHarness.run { server in
            let answer = try await server.refusal(.post, "/app", body)
            #expect(answer == refusal)
        }
    }

    @Test(arguments: [
        ("limit=0", "limit"), ("limit=251", "limit"), ("order=descending", "order"), ("order=up", "order"),
        ("iterator=-a", "iterator"), ("page=2", "page"),
        ("exclude_apps_with_no_endpoints=true", "exclude_apps_with_no_endpoints"),
    ])
    func wrongParametersAreNamed(_ query: String, _ name: String) async throws {
        try await ServerHarness.run { server in
            let answer = try await server.refusal(.get, "/app?" + query)
            #expect(answer == "422 query/\(name)")
        }
    }
}
