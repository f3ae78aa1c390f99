import HTTPTypes
import HooklinePrimitives
import Logging
import Testing

@testable import HooklineServer

@Suite struct InProcessResponderTests {
    @Test func aCallerInTheProcessNeedsNoKey() async throws {
        try await ServerHarness.run { server in
            let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
            let responder = InProcessResponder(server.router, logger: logger)
            let made = await responder.send(.post, "/v1/keys", body: Array(#"{"name": "a", "scope": "read"}"#.utf8))
            #expect(made.status == .created)
            #expect(made.headers[.contentType] == "application/json")
            let id = try #require(try JSON.parse(made.body)["id"]?.string)
            #expect(await responder.send(.delete, "/v1/keys/\(id)").status == .noContent)
            #expect(await responder.send(.get, "/metrics").status == .ok)
            let unknown = await responder.send(.get, "/nothing")
            #expect(unknown.status == .notFound)
            #expect(try JSON.parse(unknown.body)["code"] == "route_unknown")
        }
    }
}
