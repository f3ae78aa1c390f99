import HTTPTypes
import HooklinePrimitives
import HummingbirdTesting
import NIOCore
import Testing

@testable import HooklineServer

@Suite struct SvixErrorTests {
    @Test func everyErrorHasSvixsShape() async throws {
        try await ServerHarness.run { server in
            let missing = try await server.send(.get, "/api/v1/app")
            #expect(missing.status == .unauthorized)
            #expect(
                missing.headers[.contentType] == "application/json" && missing.headers[.wwwAuthenticate] == "Bearer"
            )
            #expect(try missing.json.object?.keys == ["code", "detail"])
            #expect(try missing.code == "authentication_failed")
            let unknown = try await server.send(.get, "/api/v1/app", headers: [.authorization: "Bearer testsk_1"])
            #expect(try unknown.code == "authentication_failed")

            #expect(try await server.refusal(.post, "/app", #"{"name": "x"}"#, as: .read) == "403 insufficient access")
            #expect(try await server.refusal(.get, "/app", as: .client) == "403 insufficient access")
            #expect(try await server.refusal(.get, "/app/none") == "404 not_found")
            #expect(try await server.refusal(.delete, "/app") == "405 method_not_allowed")
            #expect(try await server.refusal(.get, "/app/%zz") == "400 percent_encoding")
            #expect(try await server.refusal(.post, "/app") == "400 body_missing")
            let long = String(repeating: "x", count: 300)
            #expect(try await server.refusal(.get, "/app/\(long)") == "422 path/app_id")
        }
    }

    @Test(arguments: [
        "/app/acme/endpoint/x/send-example", "/app/acme/msg/precheck/active", "/app/acme/integration", "/auth/logout",
    ])
    func whatIsNotOfferedSaysSo(_ path: String) async throws {
        try await ServerHarness.run { server in
            let answer = try await server.svix(.post, path, "{}")
            #expect(answer.status == .notFound)
            #expect(try answer.code == "not_supported")
            #expect(try answer.json["detail"]?.string?.contains("docs/svix.md") == true)
        }
    }

    @Test func otherRoutesKeepTheirs() async throws {
        try await ServerHarness.run { server in
            for path in ["/v1/nothing", "/api", "/api/v2/app"] {
                let answer = try await server.send(.get, path)
                #expect(answer.headers[.contentType] == "application/problem+json")
                #expect(try answer.code == "route_unknown")
            }
        }
    }

    @Test func healthIsOpen() async throws {
        try await ServerHarness.run { server in
            let answer = try await server.send(.get, "/api/v1/health")
            #expect(answer.status == .noContent)
            #expect(try await server.send(.head, "/api/v1/app").body.readableBytes == 0)
        }
    }
}
