import HTTPTypes
import HooklinePrimitives
import HooklineStorageTestSupport
import HummingbirdTesting
import NIOCore
import Testing

@testable import HooklineServer

@Suite struct SvixEventTypeTests {
    @Test(arguments: TestDatabase.available)
    func typesAreMadeChangedArchivedAndRemoved(_ test: TestDatabase) async throws {
        try await ServerHarness.run(on: test) { server in
            let given = #"{"name": "a.b", "description": "A", "schemas": {"1": {}, "10": {"type": "object"}, "9": {}}}"#
            let made = try await server.svix(.created, .post, "/event-type", given)
            #expect(made["name"] == "a.b" && made["description"] == "A" && made["archived"] == false)
            #expect(made["schemas"] == ["1": ["type": "object"]] && made["deprecated"] == false)
            #expect(try await server.refusal(.post, "/event-type", given) == "409 event_type_exists")

            let patched = try await server.svix(.ok, .patch, "/event-type/a.b", #"{"description": "B"}"#)
            #expect(patched["description"] == "B" && patched["schemas"] == made["schemas"])
            let cleared = try await server.svix(.ok, .patch, "/event-type/a.b", #"{"schemas": null, "archived": true}"#)
            #expect(cleared["description"] == "B" && cleared["schemas"] == .null && cleared["archived"] == true)
            let taken = try await server.svix(.created, .post, "/event-type", given)
            #expect(taken["archived"] == false && taken["description"] == "A")
            let put = try await server.svix(.ok, .put, "/event-type/a.b", #"{"description": "C"}"#)
            #expect(put["schemas"] == .null && put["description"] == "C")
            try await server.svix(.created, .put, "/event-type/c", #"{"description": "D"}"#)

            try await server.svix(.noContent, .delete, "/event-type/a.b")
            let archived = try await server.svix(.ok, .get, "/event-type/a.b")
            #expect(archived["archived"] == true && archived["description"] == "C")
            try await server.svix(.noContent, .delete, "/event-type/a.b?expunge=true")
            for method in [HTTPRequest.Method.get, .delete] {
                #expect(try await server.refusal(method, "/event-type/a.b") == "404 not_found")
            }
            #expect(try await server.refusal(.patch, "/event-type/a.b", "{}") == "404 not_found")
            #expect(try await server.refusal(.delete, "/event-type/video.created?expunge=true") == "409 conflict")
        }
    }

    @Test(arguments: TestDatabase.available)
    func ofTwoWhoMakeATypeOneDoes(_ test: TestDatabase) async throws {
        try await ServerHarness.run(on: test) { server in
            for round in 0..<5 {
                let given = #"{"name": "a.\#(round)", "description": ""}"#
                async let one = server.svix(.post, "/event-type", given)
                async let other = server.svix(.post, "/event-type", given)
                let statuses = try await [one, other].map(\.status.code).sorted()
                #expect(statuses == [201, 409])
            }
        }
    }

    @Test func archivedTypesAreListedWhereThatIsAskedFor() async throws {
        try await ServerHarness.run { server in
            try await server.svix(
                .created,
                .post,
                "/event-type",
                #"{"name": "a", "description": "", "schemas": {"1": {}}}"#
            )
            try await server.svix(
                .created,
                .post,
                "/event-type",
                #"{"name": "b", "description": "", "archived": true}"#
            )
            func names(_ query: String) async throws -> [String] {
                let json = try await server.svix(.ok, .get, "/event-type?limit=2" + query)
                return json["data"]?.array?.compactMap { $0["name"]?.string } ?? []
            }
            #expect(try await names("") == ["a"])
            #expect(try await names("&include_archived=true") == ["a", "b"])
            let full = try await server.svix(.ok, .get, "/event-type?limit=1&with_content=true")
            #expect(full["data"]?[0]?["schemas"] == ["1": [:]] && full["iterator"] == "a" && full["done"] == false)
            let short = try await server.svix(.ok, .get, "/event-type?limit=1")
            #expect(short["data"]?[0]?["schemas"] == .null)
        }
    }

    @Test(arguments: [
        ("{}", "name"), (#"{"name": "a b"}"#, "name"), (#"{"name": "a", "schemas": {"one": {}}}"#, "schemas/one"),
        (#"{"name": "a", "schemas": {"1": 3}}"#, "schemas/1"),
        (#"{"name": "a", "schemas": {"1": {"type": 3}}}"#, "schemas"),
        (#"{"name": "a", "deprecated": true}"#, "deprecated"),
        (#"{"name": "a", "featureFlags": ["x"]}"#, "featureFlags"),
        (#"{"name": "a", "groupName": "x"}"#, "groupName"), (#"{"name": "a", "archived": 1}"#, "archived"),
    ])
    func wrongFieldsAreNamed(_ body: String, _ place: String) async throws {
        try await ServerHarness.run { server in
            let answer = try await server.refusal(.post, "/event-type", body)
            #expect(answer == "422 body/\(place)")
        }
    }

    @Test func aNameIsNotChanged() async throws {
        try await ServerHarness.run { server in
            let other = try await server.refusal(.put, "/event-type/a", #"{"name": "b", "description": ""}"#)
            #expect(other == "422 body/name")
            let spaced = try await server.refusal(.put, "/event-type/a%20b", #"{"description": ""}"#)
            #expect(spaced == "422 body/name")
        }
    }
}
