import HTTPTypes
import HummingbirdTesting
import Testing

@testable import HooklineServer

@Suite struct CORSTests {
    private let configuration = ServerConfiguration(allowedOrigins: ["https://studio.example"])

    private func preflight(_ origin: String, _ method: String = "POST") -> HTTPFields {
        [.origin: origin, .accessControlRequestMethod: method, .accessControlRequestHeaders: "authorization"]
    }

    @Test(arguments: ["/v1/events", "/v1/experiments/a/allocate"])
    func aListedOriginMayCallTheClientsRoutes(_ path: String) async throws {
        try await ServerHarness.run(configuration: configuration) { server in
            let answer = try await server.send(.options, path, headers: preflight("https://studio.example"))
            #expect(answer.status == .noContent)
            #expect(answer.headers[.accessControlAllowOrigin] == "https://studio.example")
            #expect(answer.headers[.accessControlAllowMethods] == "POST")
            #expect(answer.headers[.accessControlAllowHeaders]?.contains("Authorization") == true)
            #expect(answer.headers[.accessControlMaxAge] == "600")
            #expect(answer.headers[values: .vary] == ["Origin"])
            #expect(answer.headers[.accessControlAllowCredentials] == nil)

            // The answer itself, and a refusal, can be read by the page too.
            for scope in [KeyScope.client, nil] {
                let headers: HTTPFields = [.origin: "https://studio.example"]
                let answer = try await server.send(.post, path, as: scope, headers: headers, body: "[]")
                #expect(answer.headers[.accessControlAllowOrigin] == "https://studio.example")
                #expect(answer.headers[.accessControlExposeHeaders]?.contains("Retry-After") == true)
                #expect(answer.headers[values: .vary] == ["Origin"])
            }
        }
    }

    @Test(arguments: ["https://other.example", "null", "https://studio.example.evil", "http://studio.example", ""])
    func otherOriginsGetNoPermission(_ origin: String) async throws {
        try await ServerHarness.run(configuration: configuration) { server in
            let answer = try await server.send(.options, "/v1/events", headers: preflight(origin))
            #expect(answer.status == .noContent)
            #expect(answer.headers[.accessControlAllowOrigin] == nil)
            #expect(answer.headers[.accessControlAllowMethods] == nil)
            #expect(answer.headers[values: .vary] == ["Origin"])
        }
    }

    @Test(arguments: ["/v1/keys", "/v1/experiments", "/v1/results", "/healthz", "/nothing"])
    func otherRoutesAreForNoPage(_ path: String) async throws {
        try await ServerHarness.run(configuration: configuration) { server in
            let answer = try await server.send(.options, path, headers: preflight("https://studio.example", "GET"))
            #expect(answer.status == (path == "/nothing" ? .notFound : .methodNotAllowed))
            #expect(answer.headers[.accessControlAllowOrigin] == nil)
        }
    }

    @Test func withoutAListNobodyIsAllowed() async throws {
        try await ServerHarness.run { server in
            let answer = try await server.send(.options, "/v1/events", headers: preflight("https://studio.example"))
            #expect(answer.status == .methodNotAllowed)
            #expect(answer.headers[.vary] == nil)
        }
    }

    @Test func aStarAllowsEveryOriginByName() async throws {
        try await ServerHarness.run(configuration: ServerConfiguration(allowedOrigins: ["*"])) { server in
            let answer = try await server.send(.options, "/v1/events", headers: preflight("https://any.example"))
            #expect(answer.headers[.accessControlAllowOrigin] == "https://any.example")
        }
    }
}
