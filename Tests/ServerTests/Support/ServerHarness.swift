import HTTPTypes
import HooklineApp
import HooklineEvents
import HooklineExperiments
import HooklinePrimitives
import HooklineStorage
import HooklineStorageTestSupport
import HooklineWebhooks
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Synchronization

@testable import HooklineServer

/// A server on a database of its own, without a socket, with a key of each scope.
struct ServerHarness: Sendable {
    let database: any Database
    let clock: TestClock
    let instant: TestInstant
    let authenticator: Authenticator
    let readiness: Readiness
    let router: HooklineRouter
    let webhooks: Webhooks
    let client: any TestClientProtocol
    private let keys: [KeyScope: String]

    static let environmentKey = "an-administrator's-key-of-40-characters!"

    /// Runs `body` against a server on an empty database.
    static func run(
        on test: TestDatabase = TestDatabase.memory,
        configuration: ServerConfiguration = ServerConfiguration(),
        live: Bool = false,
        _ body: @escaping @Sendable (ServerHarness) async throws -> Void
    ) async throws {
        try await test.withDatabase { database in
            try await Migrator(Migrations.all).migrate(database)
            let clock = TestClock()
            let instant = TestInstant()
            let authenticator = try Authenticator(
                store: KeyStore(database),
                environmentKey: environmentKey,
                clock: clock.wallClock,
                now: instant.read
            )
            let log = EventLog(database, clock: clock.wallClock)
            let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
            let readiness = Readiness(database: database, schemaVersion: Migrations.all.count)
            let webhooks = try await Webhooks(
                database: database,
                outbox: Outbox(database, clock: clock.wallClock),
                configuration: WebhookConfiguration(
                    keys: EncryptionKeyRing(fileText: EncryptionKeyRing.generateFileText()),
                    network: NetworkPolicy(allowsHTTP: true, allowedNetworks: [AddressBlock("127.0.0.0/8")]),
                    client: WebhookClientConfiguration(version: "test"),
                    node: "test",
                    isAlone: true
                ),
                clock: clock.wallClock
            )
            let services = ServerServices(
                database: database,
                log: log,
                webhooks: webhooks,
                experiments: Experiments(database: database, log: log, clock: clock.wallClock),
                features: Features(database: database, log: log, clock: clock.wallClock),
                authenticator: authenticator,
                readiness: readiness,
                metricsText: { "hookline_up 1\n" },
                logger: logger,
                clock: clock.wallClock
            )
            let router = HooklineRouter(services, configuration: configuration, now: instant.read)
            let keys = try await storeKeys(in: KeyStore(database), at: clock.now())
            let application = Application(responder: router.responder, server: .limitedHTTP1(), logger: logger)
            try await application.test(live ? .live : .router) { client in
                try await body(
                    ServerHarness(
                        database: database,
                        clock: clock,
                        instant: instant,
                        authenticator: authenticator,
                        readiness: readiness,
                        router: router,
                        webhooks: webhooks,
                        client: client,
                        keys: keys
                    )
                )
            }
        }
    }

    private static func storeKeys(in store: KeyStore, at moment: Timestamp) async throws -> [KeyScope: String] {
        var keys: [KeyScope: String] = [:]
        for scope in KeyScope.allCases {
            let key = APIKey.generate()
            try await store.add(StoredKey(key, name: scope.rawValue, scope: scope, createdAt: moment))
            keys[scope] = key.text
        }
        return keys
    }

    /// The key of a scope, as text.
    func key(_ scope: KeyScope) -> String { keys[scope] ?? "" }

    /// Sends a request with the key of a scope, or with none.
    func send(
        _ method: HTTPRequest.Method,
        _ path: String,
        as scope: KeyScope? = nil,
        headers: HTTPFields = [:],
        body: String? = nil
    ) async throws -> TestResponse {
        var headers = headers
        if let scope { headers[.authorization] = "Bearer \(key(scope))" }
        if body != nil, headers[.contentType] == nil { headers[.contentType] = "application/json" }
        return try await client.executeRequest(
            uri: path,
            method: method,
            headers: headers,
            body: body.map { ByteBuffer(string: $0) }
        )
    }
}

extension TestResponse {
    var json: JSON { get throws { try JSON.parse(body.readableBytesView) } }

    /// The `code` of a problem.
    var code: String? { get throws { try json["code"]?.string } }
}

/// A monotonic clock that stands still until a test moves it.
final class TestInstant: Sendable {
    private let value = Mutex(ContinuousClock.now)

    var read: @Sendable () -> ContinuousClock.Instant { { self.value.withLock { $0 } } }

    func advance(by duration: Duration) { value.withLock { $0 += duration } }
}

extension TestDatabase {
    /// For tests in which the database makes no difference.
    static var memory: TestDatabase { available[0] }
}
