import HTTPTypes
import HooklinePrimitives
import Hummingbird
import HummingbirdTesting
import Testing

@testable import HooklineServer

@Suite struct RouterTests {
    @Test func anUnknownPathIsAProblem() async throws {
        try await ServerHarness.run { server in
            for path in ["/", "/v1", "/v1/nothing", "/v1/keys/a/b", "/healthz/x"] {
                let answer = try await server.send(.get, path)
                #expect(answer.status == .notFound)
                #expect(answer.headers[.contentType] == "application/problem+json")
                let json = try answer.json
                #expect(json["type"] == "urn:hookline:problem:route_unknown")
                #expect(json["status"] == 404)
                #expect(json["instance"]?.string == path)
                #expect(json["request_id"]?.string == answer.headers[.requestID])
            }
        }
    }

    @Test(arguments: [
        ("/v1/keys", HTTPRequest.Method.delete, "GET, HEAD, POST"), ("/v1/keys/abc", .get, "DELETE"),
        ("/healthz", .post, "GET, HEAD"), ("/v1/experiments/import", .get, "POST"),
    ])
    func anotherMethodIsToldWhichAreAllowed(_ path: String, _ method: HTTPRequest.Method, _ allow: String) async throws
    {
        try await ServerHarness.run { server in
            let answer = try await server.send(method, path)
            #expect(answer.status == .methodNotAllowed)
            #expect(answer.headers[.allow] == allow)
            #expect(try answer.code == "method_not_allowed")
        }
    }

    @Test func headIsGetWithoutTheBody() async throws {
        try await ServerHarness.run { server in
            let answer = try await server.send(.head, "/healthz")
            #expect(answer.status == .ok)
            #expect(answer.headers[.contentLength] == "15")
            #expect(answer.body.readableBytes == 0)
            for path in ["/v1/keys", "/nothing"] {
                let refused = try await server.send(.head, path)
                #expect(refused.status.kind == .clientError)
                #expect(refused.body.readableBytes == 0)
            }
        }
    }

    @Test(arguments: ["a", "trace-0a1b/2", String(repeating: "x", count: 128)])
    func aGoodRequestIDIsEchoed(_ id: String) async throws {
        try await ServerHarness.run { server in
            let answer = try await server.send(.get, "/nothing", headers: [.requestID: id])
            #expect(answer.headers[.requestID] == id)
            #expect(try answer.json["request_id"]?.string == id)
        }
    }

    @Test(arguments: ["", "two words", "ümlaut", String(repeating: "x", count: 129)])
    func anotherRequestIDIsReplaced(_ id: String) async throws {
        try await ServerHarness.run { server in
            let answer = try await server.send(.get, "/healthz", headers: [.requestID: id])
            let made = try #require(answer.headers[.requestID])
            #expect(made.utf8.count == 32)
            #expect(answer.headers[values: .requestID].count == 1)
        }
    }

    @Test func requestIDsDiffer() async throws {
        try await ServerHarness.run { server in
            var ids: Set<String> = []
            for _ in 0..<50 { ids.insert(try await server.send(.get, "/healthz").headers[.requestID] ?? "") }
            #expect(ids.count == 50)
        }
    }

    @Test func everyRouteIsInTheTable() async throws {
        try await ServerHarness.run { server in
            let table = server.router.table.routes.map { "\($0.method.rawValue) \($0.path)" }
            #expect(Set(server.router.registeredRoutes) == Set(table))
            #expect(table.count == Set(table).count)
        }
    }

    @Test func everyRouteIsDescribedAndNothingElse() async throws {
        try await ServerHarness.run { server in
            let answer = try await server.send(.get, "/openapi.json")
            #expect(answer.status == .ok)
            #expect(answer.headers[.contentType] == "application/json")
            let document = try answer.json
            #expect(document["openapi"] == "3.1.0")
            var described: [String: JSON] = [:]
            for path in document["paths"]?.object ?? [:] {
                for operation in path.value.object ?? [:] {
                    described["\(operation.key.uppercased()) \(path.key)"] = operation.value
                }
            }
            // The facades speak protocols that others describe; docs/svix.md and docs/features.md say which parts.
            let facades = [SvixRoutes.prefix, OFREPRoutes.prefix, "/api/features/", "/sub/"]
            let own = server.router.table.routes.filter { route in !facades.contains { route.path.hasPrefix($0) } }
            #expect(Set(described.keys) == Set(own.map { "\($0.method.rawValue) \($0.path)" }))
            for route in own {
                let operation = try #require(described["\(route.method.rawValue) \(route.path)"])
                let scope: KeyScope? =
                    switch route.access {
                    case .open: nil
                    case .scope(let scope), .scopeOrLoopback(let scope): scope
                    case .clientKeyInPath: .client
                    }
                #expect(operation["x-hookline-scope"]?.string == scope?.rawValue, "\(route.method) \(route.path)")
                #expect((operation["security"] == []) == (route.access == .open))
                #expect((operation["responses"]?["429"] != nil) == (scope == .client))
            }
        }
    }

    @Test func aLiteralGoesBeforeAParameter() {
        let list = RouteList()
        list.open.get("/a/{id}") { _, _ in .noContent }.post("/a/b") { _, _ in .noContent }
        let table = RouteTable(list.routes)
        #expect(table.routes(at: "/a/b").map(\.method) == [.post])
        #expect(table.routes(at: "/a/c").map(\.method) == [.get])
        #expect(table.routes(at: "/a").isEmpty)
        #expect(table.allowedMethods(at: "/a/c") == [.get, .head])
    }

    @Test func parametersOfThePathAreDecoded() async throws {
        try await ServerHarness.run { server in
            let unknown = try await server.send(.delete, "/v1/keys/a%20b%2Fc", as: .admin)
            #expect(unknown.status == .notFound)
            #expect(try unknown.json["detail"]?.string?.contains("'a b/c'") == true)
            for path in ["/v1/keys/%", "/v1/keys/%zz", "/v1/keys/%ff"] {
                let answer = try await server.send(.delete, path, as: .admin)
                #expect(answer.status == .badRequest)
                #expect(try answer.code == "percent_encoding")
                #expect(try answer.json["field"] == "id")
            }
        }
    }
}
