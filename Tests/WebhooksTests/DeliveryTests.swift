import HooklineEvents
import HooklinePrimitives
import HooklineStorage
import HooklineStorageTestSupport
import Testing

@testable import HooklineWebhooks

@Suite struct DeliveryTests {
    @Test(arguments: TestDatabase.available)
    func anEventArrivesSigned(on database: TestDatabase) async throws {
        try await database.withWebhooks { bench in
            let receiver = try await ScriptedReceiver([.ok])
            let subscribed = try await bench.subscribe(receiver.url(), ["ed25519": true])
            try await bench.running {
                let id = try await bench.deliver(7)
                try await eventually("success") { try await bench.statuses(of: id) == [.success] }

                let request = try SeenRequest(try #require(receiver.seen.requests.first))
                #expect(request.headers["webhook-id"] == id.text)
                #expect(try request.json["type"]?.string == "video.created")
                #expect(String(decoding: request.body, as: UTF8.self).contains(#""data":{"n": 7}"#))
                for secret in [subscribed.secret, try #require(subscribed.publicKey)] {
                    let verifier = try WebhookVerifier(secrets: [secret])
                    _ = try verifier.verify(body: request.body, headers: request.headers, now: bench.clock.now())
                }

                let delivery = try #require(try await bench.webhooks.deliveries(DeliverySearch(event: id)).items.first)
                #expect(delivery.attempts == 1 && delivery.responseStatus == 200 && delivery.reason == nil)
                let attempt = try #require(try await bench.webhooks.attempts(of: delivery.id).items.first)
                #expect(attempt.outcome == "success" && attempt.address == "127.0.0.1")
                #expect(attempt.response == Array("ok".utf8) && attempt.timings.total > 0)
                let statistics = try await bench.webhooks.statistics()
                #expect(statistics.totalDeliveries == 1 && statistics.successRate == 100)
            }
            await receiver.stop()
        }
    }

    @Test(arguments: TestDatabase.available)
    func whatFailsIsTriedAgainAndThenGivenUp(on database: TestDatabase) async throws {
        try await database.withWebhooks { bench in
            let recovering = try await ScriptedReceiver([.status(500), .status(302), .status(204)])
            let failing = try await ScriptedReceiver([.status(503)])
            let watcher = try await ScriptedReceiver([.ok])
            try await bench.subscribe(recovering.url(), ["events": ["video.created"]])
            let failed = try await bench.subscribe(failing.url(), ["events": ["video.created"]])
            try await bench.subscribe(watcher.url(), ["events": ["webhook.*"]])
            try await bench.running {
                let id = try await bench.deliver()
                try await eventually("a notice") { watcher.seen.requests.count == 1 }
                try await eventually("ends") {
                    try await bench.statuses(of: id).sorted { $0.rawValue < $1.rawValue } == [.failed, .success]
                }
                #expect(recovering.seen.requests.count == 3 && failing.seen.requests.count == 3)
                // Every attempt has the event's id.
                #expect(
                    Set(try recovering.seen.requests.map { try SeenRequest($0).headers["webhook-id"] }) == [id.text]
                )

                let notice = try SeenRequest(watcher.seen.requests[0]).json
                #expect(notice["type"]?.string == "webhook.delivery_exhausted")
                #expect(notice["data"]?["event"]?["data"]?["n"]?.integer == 1)
                #expect(notice["data"]?["last_status"]?.integer == 503)
                let undelivered = try await bench.webhooks.undelivered(of: failed.subscription.id)
                #expect(undelivered.failed == 1 && undelivered.pending == 0)
                #expect(undelivered.reasons.map(\.reason) == ["status"])
                let statistics = try await bench.webhooks.statistics(of: failed.subscription.id)
                #expect(statistics.attempts == 3 && statistics.failed == 1 && statistics.failingSince != nil)
                #expect(statistics.latency?.attempts == 3)
            }
            for receiver in [recovering, failing, watcher] { await receiver.stop() }
        }
    }

    /// What is accepted before anything runs, or between two runs, is delivered once something runs.
    @Test(arguments: TestDatabase.shared)
    func aRestartGoesOnWhereTheLastRunStopped(on database: TestDatabase) async throws {
        try await database.withStorage { storage in
            let receiver = try await ScriptedReceiver([.status(500), .ok])
            var ids: [Identifier] = []
            for run in 0..<3 {
                let handle = try await storage.open()
                if run == 0 { try await WebhookBench.migrate(handle) }
                let bench = try await WebhookBench(handle, node: "node-\(run)")
                if run == 0 { try await bench.subscribe(receiver.url(), ["retry": ["delays_seconds": [0.3]]]) }
                ids.append(try await bench.deliver(run))
                let known = ids
                if run == 1 {
                    // Stops while the second event's retry is due later.
                    try await bench.running {
                        try await eventually("an attempt") { receiver.seen.requests.count >= 2 }
                    }
                } else if run == 2 {
                    try await bench.running {
                        for id in known {
                            try await eventually("\(id)") { try await bench.statuses(of: id) == [.success] }
                        }
                    }
                }
                try await handle.close()
            }
            await receiver.stop()
        }
    }

    @Test(arguments: TestDatabase.available)
    func goneDisablesAndAReplayBringsWhatWasMissed(on database: TestDatabase) async throws {
        try await database.withWebhooks { bench in
            let receiver = try await ScriptedReceiver([.status(410), .ok])
            let id = try await bench.subscribe(receiver.url(), ["events": ["video.*"]]).subscription.id
            try await bench.running {
                let first = try await bench.deliver(1)
                try await eventually("disabled") { try await bench.webhooks.subscription(id).state == .disabled }
                #expect(try await bench.webhooks.subscription(id).disabledReason == .gone)
                let second = try await bench.deliver(2)
                try await eventually("skipped") { try await bench.statuses(of: second) == [.failed] }
                let skipped = try await bench.webhooks.deliveries(DeliverySearch(event: second)).items[0]
                #expect(skipped.reason == "subscription_disabled" && skipped.attempts == 0)
                #expect(try await bench.webhooks.statistics(of: id).failed == 2)

                _ = try await bench.webhooks.enable(id)
                let request = ReplayRequest(start: .position(1))
                let preview = try await bench.webhooks.previewReplay(request, to: id)
                #expect(preview.deliveries == 2 && preview.again == 2)
                let replay = try await bench.webhooks.replay(request, to: id)
                for event in [first, second] {
                    try await eventually("replayed") { try await bench.statuses(of: event) == [.success] }
                }
                try await eventually("done") { try await bench.webhooks.replay(replay.id).state == .completed }
                #expect(try await bench.webhooks.replay(replay.id).scheduled == 2)
                // What failed before and then arrived counts once, as a success.
                let statistics = try await bench.webhooks.statistics(of: id)
                #expect(statistics.successful == 2 && statistics.failed == 0 && statistics.pending == 0)
                #expect(receiver.seen.requests.count == 3)
            }
            await receiver.stop()
        }
    }

    @Test(arguments: TestDatabase.available)
    func aSubscriptionMayBeginWithThePast(on database: TestDatabase) async throws {
        try await database.withWebhooks { bench in
            let receiver = try await ScriptedReceiver([.ok])
            try await bench.running {
                for number in 1...3 { try await bench.deliver(number) }
                try await eventually("dispatched") { try await bench.webhooks.head() == 3 }
                let past = SubscribeOptions(start: .position(2))
                let id = try await bench.subscribe(receiver.url(), options: past).subscription.id
                try await eventually("past events") { receiver.seen.requests.count == 2 }
                try await eventually("noted") { try await bench.webhooks.statistics(of: id).successful == 2 }
                let page = try await bench.webhooks.deliveries(DeliverySearch(subscription: id))
                #expect(page.items.map(\.cause) == [.replay, .replay])
                let again = try await bench.webhooks.resend(page.items[0].id)
                #expect(again.status == .pending && again.cause == .resend)
                try await eventually("resent") { receiver.seen.requests.count == 3 }
                try await eventually("noted") { try await bench.webhooks.attempts(of: again.id).items.count == 2 }
            }
            await receiver.stop()
        }
    }

    @Test(arguments: TestDatabase.available, [DeliveryOrdering.strict, .byKey])
    func orderHoldsUnderFailures(on database: TestDatabase, _ ordering: DeliveryOrdering) async throws {
        try await database.withWebhooks { bench in
            let receiver = try await ScriptedReceiver([.ok, .status(500), .ok, .ok, .status(500), .status(500), .ok])
            let fields: JSONObject = ["ordering": .string(ordering.rawValue)]
            let id = try await bench.subscribe(receiver.url(), fields).subscription.id
            try await bench.running {
                for number in 1...12 { try await bench.deliver(number, key: "one") }
                try await eventually("all") { try await bench.webhooks.statistics(of: id).successful == 12 }
                let numbers = try receiver.seen.requests.map { try SeenRequest($0).number ?? 0 }
                #expect(numbers == [1, 2, 2, 3, 4, 4, 4, 5, 6, 7, 8, 9, 10, 11, 12])
            }
            await receiver.stop()
        }
    }

    /// A subscription gets what it asks for, and the explanation says why not the rest.
    @Test(arguments: TestDatabase.available)
    func everyRefusalIsExplained(on database: TestDatabase) async throws {
        try await database.withWebhooks { bench in
            let receiver = try await ScriptedReceiver([.ok])
            let wanted: [(String, JSONObject)] = [
                ("match", [:]), ("type", ["events": ["batch.completed"]]), ("channel", ["channels": ["us"]]),
                ("filter", ["filter": ["n": ["$gt": 10]]]),
            ]
            var ids: [String: Identifier] = [:]
            for (name, fields) in wanted {
                ids[name] = try await bench.subscribe(receiver.url("/\(name)"), fields).subscription.id
            }
            let known = ids
            try await bench.running {
                let id = try await bench.deliver(3)
                try await eventually("success") { try await bench.statuses(of: id) == [.success] }
                let explained = try await bench.webhooks.explain(id)
                let reasons = Dictionary(uniqueKeysWithValues: explained.subscriptions.map { ($0.subscriptionID, $0) })
                func reason(_ name: String) -> String { known[name].flatMap { reasons[$0]?.reason } ?? "" }
                #expect(reason("match").contains("matches"))
                #expect(reason("type").contains("batch.completed"))
                #expect(reason("channel").contains("us"))
                #expect(reason("filter").contains("n") && reason("filter").contains("$gt"))
                #expect(explained.subscriptions.count { $0.matches } == 1)
                #expect(receiver.seen.requests.count == 1)
            }
            await receiver.stop()
        }
    }

    /// While an attempt is under way the explanation says so, since when and by whom.
    @Test(arguments: TestDatabase.available)
    func anAttemptUnderWayIsExplained(on database: TestDatabase) async throws {
        try await database.withWebhooks { bench in
            let receiver = try await ScriptedReceiver([.init()])
            try await bench.subscribe(receiver.url(), ["retry": "none", "timeout_seconds": 60])
            try await bench.running {
                let id = try await bench.deliver()
                try await eventually("a request") { receiver.seen.requests.count == 1 }
                let during = try #require(try await bench.webhooks.explain(id).subscriptions.first)
                #expect(during.delivery?.status == .sending)
                let hold = try #require(during.hold)
                #expect(hold.hasPrefix("sending since 20") && hold.hasSuffix("Z by the node 'node-1'"), "\(hold)")
                await receiver.stop()
                try await eventually("an end") { try await bench.statuses(of: id) == [.failed] }
                let after = try #require(try await bench.webhooks.explain(id).subscriptions.first)
                #expect(after.hold == nil)
            }
        }
    }

    @Test(arguments: TestDatabase.available)
    func tenantsAreKeptApart(on database: TestDatabase) async throws {
        try await database.withWebhooks { bench in
            let receiver = try await ScriptedReceiver([.ok])
            _ = try await bench.webhooks.addTenant("acme", name: "Acme")
            try await bench.subscribe(receiver.url("/acme"), ["tenant": "acme"])
            try await bench.subscribe(receiver.url("/own"))
            try await bench.running {
                let payload = RawJSON(unchecked: "{}".utf8)
                let event = DomainEvent(
                    type: "video.created",
                    payload: payload,
                    tenant: "acme",
                    occurredAt: bench.clock.now()
                )
                let theirs = try await bench.webhooks.deliver(event).id
                let own = try await bench.deliver()
                for id in [theirs, own] {
                    try await eventually("success") { try await bench.statuses(of: id) == [.success] }
                }
                #expect(receiver.seen.requests.count { $0.hasPrefix("POST /acme ") } == 1)
                #expect(receiver.seen.requests.count { $0.hasPrefix("POST /own ") } == 1)
            }
            await receiver.stop()
        }
    }
}
