import HooklineEvents
import HooklinePrimitives
import HooklineStorage
import HooklineStorageTestSupport
import Logging
import Testing

@testable import HooklineWebhooks

@Suite struct AdministrationTests {
    private static let url = "http://127.0.0.1:9/hook"

    @Test(arguments: TestDatabase.available)
    func aSubscriptionIsKeptAsItWasGiven(on database: TestDatabase) async throws {
        try await database.withWebhooks { bench in
            let fields: JSONObject = [
                "events": ["video.created", "batch.*"], "channels": ["eu"], "filter": ["a": ["$in": [1, 2]]],
                "description": "d", "metadata": ["team": "growth"], "format": "cloudevents",
                "retry": "standard", "ordering": "by_key", "concurrency": 3, "rate_per_second": 2.5,
                "timeout_seconds": 5,
            ]
            let options = SubscribeOptions(
                id: "mine",
                secrets: SubscriptionSecrets(headers: try CustomHeaders([.init(name: "X-Key", value: "hidden")]))
            )
            let made = try await bench.subscribe(WebhookURL(Self.url), fields, options: options)
            #expect(made.secret.hasPrefix("whsec_"))
            let read = try await bench.webhooks.subscription("mine")
            #expect(read == made.subscription)
            #expect(read.headerNames == ["X-Key"])
            for member in fields { #expect(read.definition.json[member.key]?.text == member.value.text) }
            #expect(try await bench.webhooks.subscriptions().items == [read])
            await #expect(throws: WebhookError.subscriptionExists("mine")) {
                try await bench.subscribe(WebhookURL(Self.url), options: options)
            }
        }
    }

    /// Nothing that is secret stands in the database in the open.
    @Test(arguments: TestDatabase.available)
    func secretsAreSealed(on database: TestDatabase) async throws {
        try await database.withWebhooks { bench in
            let options = SubscribeOptions(
                secrets: SubscriptionSecrets(headers: try CustomHeaders([.init(name: "X-Key", value: "hidden-value")]))
            )
            let made = try await bench.subscribe(WebhookURL(Self.url), options: options)
            let stored = try await bench.database.read { transaction in
                try ["hookline_webhook_subscriptions", "hookline_webhook_secrets"].flatMap { table in
                    try transaction.rows(Statement(sql: "SELECT * FROM \(table)")).flatMap(\.values)
                }
            }
            let bytes: [[UInt8]] = stored.compactMap { value in
                switch value {
                case .text(let text): Array(text.utf8)
                case .blob(let blob): blob
                default: nil
                }
            }
            let secret = try SigningSecret(text: made.secret).key
            for hidden in [secret, Array(made.secret.utf8), Array("hidden-value".utf8)] {
                #expect(!bytes.contains { $0.firstRange(of: hidden) != nil })
            }
            #expect(
                try await bench.webhooks.signingSecrets(of: made.subscription.id).map(\.secret.text) == [made.secret]
            )
        }
    }

    @Test(arguments: TestDatabase.available)
    func aRotationSignsWithBothUntilTheGraceIsOver(on database: TestDatabase) async throws {
        try await database.withWebhooks { bench in
            let receiver = try await ScriptedReceiver([.ok])
            let made = try await bench.subscribe(receiver.url())
            let id = made.subscription.id
            try await bench.running {
                let new = try await bench.webhooks.rotateSecret(of: id, graceSeconds: 60)
                let during = try await bench.deliver(1)
                try await eventually("success") { try await bench.statuses(of: during) == [.success] }
                bench.clock.advance(byMilliseconds: 61_000)
                let after = try await bench.deliver(2)
                try await eventually("success") { try await bench.statuses(of: after) == [.success] }
                let requests = try receiver.seen.requests.map(SeenRequest.init)
                func verifies(_ request: SeenRequest, _ secret: String) throws -> Bool {
                    let verifier = try WebhookVerifier(secrets: [secret])
                    let now = Timestamp(milliseconds: (Int64(request.headers["webhook-timestamp"] ?? "") ?? 0) * 1000)
                    return (try? verifier.verify(body: request.body, headers: request.headers, now: now)) != nil
                }
                #expect(try verifies(requests[0], made.secret) && verifies(requests[0], new.text))
                #expect(try !verifies(requests[1], made.secret) && verifies(requests[1], new.text))
                #expect(try await bench.webhooks.signingSecrets(of: id).count == 1)
            }
            await receiver.stop()
        }
    }

    /// A node without the key of one subscription's secrets delivers to all others.
    @Test(arguments: TestDatabase.shared)
    func aMissingKeyStopsOneSubscriptionOnly(on database: TestDatabase) async throws {
        try await database.withStorage { storage in
            let handle = try await storage.open()
            try await WebhookBench.migrate(handle)
            let receiver = try await ScriptedReceiver([.ok])
            let sealed = try await WebhookBench(handle).subscribe(receiver.url("/sealed"), ["retry": "none"])
            let other = try await WebhookBench(handle) { configuration in
                if let keys = try? EncryptionKeyRing(fileText: EncryptionKeyRing.generateFileText()) {
                    configuration.keys = keys
                }
            }
            try await other.subscribe(receiver.url("/open"))
            try await other.running {
                let id = try await other.deliver()
                try await eventually("one of each") {
                    try await Set(other.statuses(of: id)) == [.success, .failed]
                }
                let failed = try await other.webhooks.undelivered(of: sealed.subscription.id)
                #expect(failed.reasons.map(\.reason) == ["signing"])
                #expect(receiver.seen.requests.allSatisfy { $0.hasPrefix("POST /open ") })
                let listed = try await other.webhooks.subscriptions()
                #expect(listed.items.count == 2)
            }
            await receiver.stop()
        }
    }

    @Test(arguments: TestDatabase.available)
    func whatIsNotAcceptedIsNamed(on database: TestDatabase) async throws {
        try await database.withWebhooks { bench in
            let cases: [(JSONObject, String)] = [
                (["events": []], "events"), (["events": ["no such"]], "events[0]"),
                (["channels": [""]], "channels[0]"), (["filter": ["a": ["$what": 1]]], "filter.a.$what"),
                (["retry": "sometimes"], "retry"), (["format": "xml"], "format"), (["concurrency": 0], "concurrency"),
                (["rate_per_second": 0], "rate_per_second"), (["timeout_seconds": 3600], "timeout_seconds"),
                (["metadata": ["": "x"]], "metadata[\"\"]"), (["description": 7], "description"),
            ]
            for (fields, field) in cases {
                let error = await #expect(throws: FieldError.self) {
                    try await bench.subscribe(WebhookURL(Self.url), fields)
                }
                #expect(error?.field == field)
            }
            await #expect(throws: WebhookError.self) {
                try await bench.subscribe(WebhookURL(Self.url), ["events": ["video.unknown"]])
            }
            await #expect(throws: WebhookError.unknownTenant("nobody")) {
                try await bench.subscribe(WebhookURL(Self.url), ["tenant": "nobody"])
            }
            let kept = try await bench.webhooks.subscriptions()
            #expect(kept.items.isEmpty)
        }
    }

    @Test(arguments: TestDatabase.available)
    func payloadsFollowTheirSchema(on database: TestDatabase) async throws {
        try await database.withWebhooks { bench in
            let schema = RawJSON(unchecked: #"{"type": "object", "required": ["id"]}"#.utf8)
            #expect(try await bench.webhooks.saveEventType("order.paid", schema: schema).isNew)
            _ = try await bench.webhooks.deliver("order.paid", ["id": 1])
            await #expect(throws: WebhookError.self) { _ = try await bench.webhooks.deliver("order.paid", ["x": 1]) }
            await #expect(throws: WebhookError.self) { _ = try await bench.webhooks.deliver("order.lost", [:]) }
            await #expect(throws: WebhookError.self) {
                try await bench.webhooks.saveEventType("bad", schema: RawJSON(unchecked: #"{"type": 7}"#.utf8))
            }
            await #expect(throws: WebhookError.self) { try await bench.webhooks.deleteEventType("video.created") }
            try await bench.webhooks.deleteEventType("order.paid")
            await #expect(throws: WebhookError.self) { _ = try await bench.webhooks.eventType("order.paid") }
            #expect(try await bench.webhooks.eventTypes().items.count == EventType.builtIn.count)
        }
    }

    /// An event that came past the checks is not delivered, and says why.
    @Test(arguments: TestDatabase.available)
    func theDispatcherChecksWhatSQLBrought(on database: TestDatabase) async throws {
        try await database.withWebhooks { bench in
            let receiver = try await ScriptedReceiver([.ok])
            try await bench.subscribe(receiver.url())
            let payload = RawJSON(unchecked: "{}".utf8)
            let event = DomainEvent(id: "x", type: "video.unknown", payload: payload, occurredAt: bench.clock.now())
            _ = try await bench.outbox.enqueue([event])
            try await bench.running {
                let id = try await bench.deliver()
                try await eventually("success") { try await bench.statuses(of: id) == [.success] }
                #expect(try await bench.webhooks.event("x").refusal?.contains("video.unknown") == true)
                #expect(try await bench.webhooks.explain("x").subscriptions.allSatisfy { !$0.matches })
                #expect(receiver.seen.requests.count == 1)
            }
            await receiver.stop()
        }
    }

    @Test(arguments: TestDatabase.available)
    func deletingGivesUpWhatIsPending(on database: TestDatabase) async throws {
        try await database.withWebhooks { bench in
            let id = try await bench.subscribe(WebhookURL(Self.url)).subscription.id
            _ = try await bench.webhooks.disable(id)
            let event = try await bench.deliver()
            let upkeep = bench.upkeep(retentionMilliseconds: 3_600_000)
            _ = try await bench.dispatch()
            _ = try await bench.webhooks.enable(id)
            _ = try await bench.webhooks.send(event, to: id)
            #expect(try await bench.statuses(of: event) == [.pending])
            try await bench.webhooks.delete(id)
            #expect(try await upkeep.abandonStep())
            #expect(try await bench.statuses(of: event) == [.failed])
            await #expect(throws: WebhookError.unknownSubscription(id)) {
                _ = try await bench.webhooks.subscription(id)
            }
        }
    }

    @Test(arguments: TestDatabase.available)
    func theRetentionKeepsWhatIsPending(on database: TestDatabase) async throws {
        try await database.withWebhooks { bench in
            let id = try await bench.subscribe(WebhookURL(Self.url), ["events": ["video.created"]]).subscription.id
            let held = try await bench.deliver(1, "video.created")
            let free = try await bench.deliver(2, "batch.completed")
            _ = try await bench.dispatch()
            let upkeep = bench.upkeep(retentionMilliseconds: 3_600_000)
            #expect(try await !upkeep.retentionStep())
            bench.clock.advance(byMilliseconds: 3_600_001)
            let young = try await bench.deliver(3, "batch.completed")
            _ = try await bench.dispatch()
            while try await upkeep.retentionStep() {}
            #expect(try await bench.statuses(of: held) == [.pending])
            await #expect(throws: WebhookError.unknownEvent(free)) { _ = try await bench.webhooks.event(free) }
            #expect(try await bench.webhooks.event(young).position == 3)
            #expect(try await bench.webhooks.statistics(of: id).pending == 1)
        }
    }
}

extension WebhookBench {
    func dispatch() async throws -> Int {
        let clock = DeliveryClock(start: clock.now()) { 0 }
        return try await Dispatcher(database: database, directory: webhooks.directory, clock: clock).step()
    }

    func upkeep(retentionMilliseconds: Int64) -> UpkeepWorker {
        UpkeepWorker(
            database: database,
            directory: webhooks.directory,
            vault: webhooks.vault,
            clock: DeliveryClock(start: clock.now()) { 0 },
            wallClock: clock.wallClock,
            retentionMilliseconds: retentionMilliseconds,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }
}
