import HTTPTypes
import HooklinePrimitives
import HooklineStorage
import HooklineStorageTestSupport
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Testing

@testable import HooklineServer

/// Who may call what.
@Suite struct AccessTests {
    @Test func everyRouteKeepsToItsScope() async throws {
        try await ServerHarness.run { server in
            for route in server.router.table.routes {
                guard case .scope(let required) = route.access else { continue }
                // With a parameter that no route knows, a stream does not begin.
                let path =
                    route.path.split(separator: "/").map { $0.first == "{" ? "x" : $0 }.joined(separator: "/") + "?x"
                let none = try await server.send(route.method, "/\(path)")
                #expect(none.status == .unauthorized, "\(route.method) \(route.path)")
                #expect(none.headers[.wwwAuthenticate] == "Bearer")
                for scope in KeyScope.allCases {
                    let status = try await server.send(route.method, "/\(path)", as: scope).status
                    #expect(status != .unauthorized)
                    #expect(
                        (status == .forbidden) == !scope.includes(required),
                        "\(scope) at \(route.method) \(route.path): \(status)"
                    )
                }
            }
        }
    }

    @Test func onlyProbesAndTheDocumentAreOpen() async throws {
        try await ServerHarness.run { server in
            let open = server.router.table.routes.filter { $0.access == .open }.map(\.path).sorted()
            #expect(open == ["/api/v1/health", "/healthz", "/openapi.json", "/readyz"])
            let local = server.router.table.routes.filter { $0.access == .scopeOrLoopback(.read) }.map(\.path)
            #expect(local == ["/metrics"])
        }
    }

    @Test(arguments: [
        ("", "key_missing"), ("Bearer", "key_missing"), ("Basic abc", "key_missing"), ("Bearer a b", "key_missing"),
        ("Bearer nonsense", "key_unknown"),
        ("Bearer hk_abcdefghijkl_0123456789012345678901234567890123456789", "key_unknown"),
    ])
    func otherCredentialsAreRefused(_ header: String, _ code: String) async throws {
        try await ServerHarness.run { server in
            let answer = try await server.send(.get, "/v1/keys", headers: [.authorization: header])
            #expect(answer.status == .unauthorized)
            #expect(try answer.code == code)
            #expect(answer.headers[.wwwAuthenticate]?.hasPrefix("Bearer") == true)
        }
    }

    @Test func theEnvironmentsKeyMayDoEverything() async throws {
        try await ServerHarness.run { server in
            let headers: HTTPFields = [.authorization: "Bearer \(ServerHarness.environmentKey)"]
            let answer = try await server.send(.get, "/v1/keys", headers: headers)
            #expect(answer.status == .ok)
        }
    }

    @Test func aScopeThatIsMissingIsNamed() async throws {
        try await ServerHarness.run { server in
            let answer = try await server.send(.get, "/v1/keys", as: .write)
            #expect(answer.status == .forbidden)
            #expect(try answer.code == "scope_missing")
            #expect(try answer.json["detail"]?.string?.contains("'admin'") == true)
        }
    }

    @Test func aFailingDatabaseIsNotAWrongKey() async throws {
        let error = StorageError.unavailable(code: "08006", message: "host=secret-host")
        let authenticator = try Authenticator(store: KeyStore(BrokenDatabase(error: error)))
        let list = RouteList()
        list.scoped(.read).get("/v1/thing") { _, _ in .noContent }
        let router = HooklineRouter(
            list,
            authenticator: authenticator,
            configuration: ServerConfiguration(),
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        )
        try await Application(responder: router.responder).test(.router) { client in
            let headers: HTTPFields = [.authorization: "Bearer \(APIKey.generate().text)"]
            let answer = try await client.execute(uri: "/v1/thing", method: .get, headers: headers)
            #expect(answer.status == .serviceUnavailable)
            #expect(answer.headers[.retryAfter] == "2")
            #expect(try answer.code == "storage_unavailable")
            #expect(!String(buffer: answer.body).contains("secret-host"))
        }
    }

    @Test func metricsNeedAKeyUnlessFromThisMachine() async throws {
        try await ServerHarness.run { server in
            #expect(try await server.send(.get, "/metrics").status == .unauthorized)
            #expect(try await server.send(.get, "/metrics", as: .client).status == .forbidden)
            let answer = try await server.send(.get, "/metrics", as: .read)
            #expect(answer.status == .ok)
            #expect(answer.headers[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
            #expect(String(buffer: answer.body) == "hookline_up 1\n")
        }
        try await ServerHarness.run(live: true) { server in
            #expect(try await server.send(.get, "/metrics").status == .ok)
            // A proxy on this machine passes on requests from anywhere.
            for name in ["Forwarded", "X-Forwarded-For", "Via"] {
                var headers = HTTPFields()
                headers[try #require(HTTPField.Name(name))] = "203.0.113.9"
                #expect(try await server.send(.get, "/metrics", headers: headers).status == .unauthorized)
            }
            // Who shows a key is judged by it.
            let wrong: HTTPFields = [.authorization: "Bearer nonsense"]
            #expect(try await server.send(.get, "/metrics", headers: wrong).status == .unauthorized)
        }
    }
}
