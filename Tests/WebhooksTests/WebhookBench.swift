import HooklineEvents
import HooklinePrimitives
import HooklineStorage
import HooklineStorageTestSupport
import Logging
import ServiceLifecycle
import Testing

@testable import HooklineWebhooks

/// Webhooks on a database of their own, and the services on demand.
struct WebhookBench: Sendable {
    let database: any Database
    let outbox: Outbox
    let webhooks: Webhooks
    let clock: TestClock

    static let keys = EncryptionKeyRing.generateFileText()

    init(
        _ database: any Database,
        node: String = "node-1",
        isAlone: Bool = true,
        clock: TestClock = TestClock(Timestamp.now()),
        change: (inout WebhookConfiguration) -> Void = { _ in }
    ) async throws {
        self.database = database
        self.clock = clock
        outbox = Outbox(database, clock: clock.wallClock)
        var configuration = WebhookConfiguration(
            keys: try EncryptionKeyRing(fileText: Self.keys),
            network: NetworkPolicy(allowsHTTP: true, allowedNetworks: [try AddressBlock("127.0.0.0/8")]),
            client: WebhookClientConfiguration(version: "test"),
            node: node,
            isAlone: isAlone
        )
        change(&configuration)
        webhooks = try await Webhooks(
            database: database,
            outbox: outbox,
            configuration: configuration,
            clock: clock.wallClock
        )
    }

    static func migrate(_ database: any Database) async throws {
        try await Migrator(EventMigrations.all + OutboxMigrations.all + WebhookMigrations.all).migrate(database)
    }

    /// Runs `body` while events are dispatched and delivered.
    func running<Result: Sendable>(_ body: @escaping @Sendable () async throws -> Result) async throws -> Result {
        let services = webhooks.services(logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        return try await withThrowingTaskGroup(of: Void.self) { group in
            for service in services { group.addTask { try? await service.run() } }
            defer { group.cancelAll() }
            return try await body()
        }
    }

    /// Adds a subscription to all events whose retries do not take long.
    @discardableResult
    func subscribe(
        _ url: WebhookURL,
        _ fields: JSONObject = [:],
        options: SubscribeOptions = SubscribeOptions()
    ) async throws -> Subscribed {
        var all: JSONObject = ["url": .string(url.text), "events": ["*"], "retry": ["delays_seconds": [0.1, 0.1]]]
        for member in fields { all[member.key] = member.value }
        return try await webhooks.subscribe(SubscriptionDefinition(JSONFields(all)), options: options)
    }

    @discardableResult
    func deliver(_ number: Int = 1, _ type: Identifier = "video.created", key: Identifier? = nil) async throws
        -> Identifier
    {
        let payload = RawJSON(unchecked: #"{"n": \#(number)}"#.utf8)
        let event = DomainEvent(type: type, payload: payload, orderingKey: key, occurredAt: clock.now())
        return try await webhooks.deliver(event).id
    }

    func statuses(of event: Identifier) async throws -> [DeliveryStatus] {
        try await webhooks.deliveries(DeliverySearch(event: event)).items.map(\.status)
    }
}

extension TestDatabase {
    /// Runs `body` with webhooks on an empty database.
    func withWebhooks(
        change: (inout WebhookConfiguration) -> Void = { _ in },
        _ body: (WebhookBench) async throws -> Void
    ) async throws {
        try await withDatabase { database in
            try await WebhookBench.migrate(database)
            try await body(try await WebhookBench(database, change: change))
        }
    }
}

/// Waits until something is so, looking again and again; a test that waits in vain says for what.
func eventually(
    _ what: String,
    atMost limit: Duration = .seconds(60),
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

extension ScriptedReceiver.Answer {
    static func status(_ status: Int, _ headers: String = "") -> Self {
        .init("HTTP/1.1 \(status) X\r\ncontent-length: 0\r\n\(headers)\r\n")
    }
}

/// A request as the receiver saw it.
struct SeenRequest: Sendable {
    let headers: [String: String]
    let body: [UInt8]

    init(_ text: String) throws {
        let parts = text.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
        let lines = parts[0].split(separator: "\r\n").dropFirst()
        var headers: [String: String] = [:]
        for line in lines {
            let colon = try #require(line.firstIndex(of: ":"))
            headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingPrefix(" ").description
        }
        self.headers = headers
        body = Array((parts.count > 1 ? parts[1] : "").utf8)
    }

    var json: JSON { get throws { try JSON.parse(body) } }
    var number: Int64? { get throws { try json["data"]?["n"]?.integer } }
}
