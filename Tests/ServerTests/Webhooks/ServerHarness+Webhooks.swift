import HTTPTypes
import HooklinePrimitives
import HooklineStorageTestSupport
import HummingbirdTesting
import Logging
import ServiceLifecycle
import Testing

@testable import HooklineServer
@testable import HooklineWebhooks

extension ServerHarness {
    static let events = "/v1/webhooks/events"
    static let subscriptions = "/v1/webhooks/subscriptions"
    static let deliveries = "/v1/webhooks/deliveries"

    /// Gives every event that waits its position and its deliveries, as the worker of a running server does.
    func dispatch() async throws {
        let dispatcher = Dispatcher(
            database: database,
            directory: webhooks.directory,
            clock: .steady(from: clock.now())
        )
        while try await dispatcher.step() > 0 {}
    }

    /// Runs `body` while events are dispatched and delivered.
    func delivering(_ body: @escaping @Sendable () async throws -> Void) async throws {
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        try await withThrowingTaskGroup(of: Void.self) { group in
            for service in webhooks.services(logger: logger) { group.addTask { try? await service.run() } }
            defer { group.cancelAll() }
            try await body()
        }
    }

    /// Sends an event of `video.created`, and answers its id.
    @discardableResult
    func tell(_ members: String = "", type: String = "video.created") async throws -> String {
        let body = #"{"type": "\#(type)", "payload": {"n": 1}\#(members.isEmpty ? "" : ", " + members)}"#
        let answer = try await send(.post, Self.events, as: .write, body: body)
        #expect(answer.status == .accepted)
        return try answer.json["id"]?.string ?? ""
    }

    /// Makes a subscription, and answers it.
    func subscribe(
        _ members: String = "",
        to type: String = "*",
        url: String = "http://127.0.0.1:9/hook"
    ) async throws -> JSON {
        let body = #"{"url": "\#(url)", "events": ["\#(type)"]\#(members.isEmpty ? "" : ", " + members)}"#
        let answer = try await send(.post, Self.subscriptions, as: .write, body: body)
        #expect(answer.status == .created)
        return try answer.json
    }

    func get(_ path: String) async throws -> JSON {
        let answer = try await send(.get, path, as: .read)
        #expect(answer.status == .ok, "\(path)")
        return try answer.json
    }
}

/// Waits until something is so, looking again and again; a test that waits in vain says for what.
func eventually(
    _ what: String,
    atMost limit: Duration = .seconds(20),
    _ isSo: () async throws -> Bool,
    at location: SourceLocation = #_sourceLocation
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !isSo() {
        guard ContinuousClock.now < deadline else {
            Issue.record("waited in vain: \(what)", sourceLocation: location)
            throw CancellationError()
        }
        try await Task.sleep(for: .milliseconds(5))
    }
}
