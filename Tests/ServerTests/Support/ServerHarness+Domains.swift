import HTTPTypes
import HooklineEvents
import HooklineExperiments
import HooklinePrimitives
import HummingbirdTesting
import Logging
import Testing

@testable import HooklineServer

extension ServerHarness {
    /// Folds what the log holds, as the worker of a running server does.
    func fold() async throws {
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        try await ProjectionWorker(ExperimentProjection.make(), database: database, logger: logger).catchUp()
    }

    /// The events that are stored, in log order.
    func storedEvents() async throws -> [LoggedEvent] {
        try await EventStore(database).events(after: 0, limit: 10_000)
    }

    /// Makes a running experiment with one metric of each kind.
    func beginExperiment(_ id: String = "hooks") async throws {
        let body = """
            {"id": "\(id)", "name": "Hooks", "variants": ["control", "question"], "metrics": ["rating",
            {"name": "clicked", "kind": "proportion", "event": "click", "window_seconds": 60},
            {"name": "seconds", "kind": "sum", "event": "watch", "property": "seconds"}]}
            """
        #expect(try await send(.post, "/v1/experiments", as: .write, body: body).status == .created)
        #expect(try await send(.post, "/v1/experiments/\(id)/start", as: .write).status == .ok)
    }

    /// The status and the problem's code and field.
    func problem(
        _ method: HTTPRequest.Method,
        _ path: String,
        as scope: KeyScope = .write,
        _ body: String? = nil
    ) async throws -> String {
        let answer = try await send(method, path, as: scope, body: body)
        let json = try answer.json
        return "\(answer.status.code) \(json["code"]?.string ?? "-") \(json["field"]?.string ?? "-")"
    }
}
