import HTTPTypes
import HooklinePrimitives
import HooklineStorageTestSupport
import HummingbirdTesting
import NIOCore
import Testing

@testable import HooklineServer

@Suite struct CatalogueRoutesTests {
    private static let types = "/v1/webhooks/event-types"
    private static let tenants = "/v1/webhooks/tenants"

    @Test(arguments: TestDatabase.available)
    func aTypeIsAddedShownChangedAndRemoved(_ test: TestDatabase) async throws {
        try await ServerHarness.run(on: test) { server in
            let schema = #"{ "type" : "object",  "required":["n"] }"#
            let body = #"{"name": "show.renewed", "description": "d", "schema": \#(schema)}"#
            let made = try await server.send(.post, Self.types, as: .write, body: body)
            #expect(made.status == .created && made.headers[.location] == Self.types + "/show.renewed")
            #expect(String(buffer: made.body).contains(#""schema":\#(schema),"#))
            let json = try made.json
            #expect(json["archived"] == false && json["built_in"] == false && json["description"] == "d")
            #expect(try await server.get(Self.types + "/show.renewed") == json)
            #expect(try await server.problem(.post, Self.types, body) == "409 event_type_exists name")

            server.clock.advance(byMilliseconds: 1000)
            let path = Self.types + "/show.renewed"
            let changed = try await server.send(.put, path, as: .write, body: #"{"archived": true}"#)
            #expect(changed.status == .ok)
            #expect(try changed.json["schema"] == .null && changed.json["archived"] == true)
            #expect(try changed.json["updated_at"] == "2026-01-28T10:00:01.000Z")
            let names = try await server.get(Self.types + "?limit=500")["items"]?.array?.map { $0["name"]?.string }
            #expect(names?.contains("show.renewed") == true && names?.contains("video.created") == true)
            let page = try await server.get(Self.types + "?limit=1")
            #expect(page["items"]?.array?.count == 1 && page["next"]?.string != nil)

            #expect(try await server.send(.delete, path, as: .write).status == .noContent)
            #expect(try await server.problem(.get, path, as: .read) == "404 event_type_unknown -")
            #expect(try await server.problem(.delete, path) == "404 event_type_unknown -")
            #expect(try await server.problem(.delete, Self.types + "/video.created") == "409 event_type_in_use -")
            let put = try await server.send(.put, Self.types + "/show.ended", as: .write, body: "{}")
            #expect(put.status == .created && put.headers[.location] == Self.types + "/show.ended")
            _ = try await server.send(
                .post,
                ServerHarness.subscriptions,
                as: .write,
                body: #"{"url": "http://127.0.0.1:9/", "events": ["show.ended"]}"#
            )
            #expect(try await server.problem(.delete, Self.types + "/show.ended") == "409 event_type_in_use -")
        }
    }

    /// What is sent as a type, and the field that the answer names.
    private static let badTypes: [(String, String)] = [
        ("{}", "name"), (#"{"name": "a b"}"#, "name"), (#"{"name": 1}"#, "name"),
        (#"{"name": "a", "schema": 7}"#, "schema"), (#"{"name": "a", "schema": {"type": "texte"}}"#, "schema"),
        (#"{"name": "a", "archived": 1}"#, "archived"), (#"{"name": "a", "scheme": {}}"#, "scheme"),
        (#"{"name": "a", "description": "\#(String(repeating: "x", count: 1025))"}"#, "description"),
        (#"{"name": "a", "schema": {"title": "\#(String(repeating: "x", count: 65_536))"}}"#, "schema"),
    ]

    @Test func namesWhatIsWrongWithAType() async throws {
        try await ServerHarness.run { server in
            for (body, field) in Self.badTypes {
                let problem = try await server.problem(.post, Self.types, body)
                #expect(problem == "422 invalid_field \(field)")
            }
            #expect(try await server.problem(.put, Self.types + "/a%20b", "{}") == "422 invalid_field name")
            #expect(try await server.problem(.put, Self.types + "/a", #"{"name": "a"}"#) == "422 invalid_field name")
            #expect(try await server.problem(.post, Self.types, "[]") == "422 invalid_field ")
            #expect(try await server.problem(.post, Self.types, "") == "400 body_missing -")
        }
    }

    @Test(arguments: TestDatabase.available)
    func aTenantIsAddedShownChangedAndRemovedWithItsSubscriptions(_ test: TestDatabase) async throws {
        try await ServerHarness.run(on: test) { server in
            let metadata = #"{ "plan" : "pro" }"#
            let body = #"{"id": "acme/1", "name": "Acme", "metadata": \#(metadata)}"#
            let made = try await server.send(.post, Self.tenants, as: .write, body: body)
            #expect(made.status == .created && made.headers[.location] == Self.tenants + "/acme%2F1")
            #expect(String(buffer: made.body).contains(#""metadata":\#(metadata),"#))
            let path = Self.tenants + "/acme%2F1"
            #expect(try await server.get(path) == made.json)
            #expect(try await server.problem(.post, Self.tenants, body) == "409 tenant_exists id")
            #expect(try await server.get(Self.tenants)["items"]?.array?.count == 1)

            let subscription = try await server.subscribe(#""tenant": "acme/1""#)["id"]?.string ?? ""
            let list = try await server.get(ServerHarness.subscriptions + "?tenant=acme/1")
            #expect(list["items"]?.array?.count == 1)
            #expect(try await server.get(ServerHarness.subscriptions + "?tenant=other")["items"] == [])
            let changed = try await server.send(.put, path, as: .write, body: #"{"name": "New"}"#)
            #expect(try changed.json["name"] == "New" && changed.json["metadata"] == [:])

            #expect(try await server.send(.delete, path, as: .write).status == .noContent)
            #expect(try await server.problem(.get, path, as: .read) == "404 tenant_unknown -")
            #expect(try await server.problem(.put, path, "{}") == "404 tenant_unknown -")
            #expect(
                try await server.problem(.get, ServerHarness.subscriptions + "/\(subscription)", as: .read)
                    == "404 subscription_unknown -"
            )
            for (body, field) in [
                ("{}", "id"), (#"{"id": ""}"#, "id"), (#"{"id": "a", "metadata": []}"#, "metadata"),
                (#"{"id": "a", "name": 1}"#, "name"), (#"{"id": "a", "nam": ""}"#, "nam"),
            ] {
                #expect(try await server.problem(.post, Self.tenants, body) == "422 invalid_field \(field)")
            }
        }
    }
}
