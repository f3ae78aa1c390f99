import HooklinePrimitives
import HooklineStorage
import HooklineStorageTestSupport
import Testing

@testable import HooklineWebhooks

/// Secrets of subscriptions: their order, how many there may be, and how they end.
@Suite struct SigningSecretLifeTests {
    private static let url = "http://127.0.0.1:9/hook"

    /// The clock stands still, and then goes back: the order is that of the rotations nevertheless.
    @Test(arguments: TestDatabase.available)
    func theNewestSignsFirst(on database: TestDatabase) async throws {
        try await database.withWebhooks { bench in
            let receiver = try await ScriptedReceiver([.ok])
            let made = try await bench.subscribe(receiver.url())
            var secrets = [made.secret]
            for round in 0..<4 {
                if round == 3 { bench.clock.advance(byMilliseconds: -1000) }
                let new = try await bench.webhooks.rotateSecret(of: made.subscription.id, graceSeconds: 60)
                secrets.insert(new.text, at: 0)
            }
            let active = try await bench.webhooks.signingSecrets(of: made.subscription.id)
            #expect(active.map(\.secret.text) == secrets)
            #expect(active.map { $0.expiresAt == nil } == [true, false, false, false, false])

            let expected = secrets
            try await bench.running {
                let event = try await bench.deliver()
                try await eventually("success") { try await bench.statuses(of: event) == [.success] }
                let request = try SeenRequest(receiver.seen.requests[0])
                let seconds = try #require(Int64(request.headers["webhook-timestamp"] ?? ""))
                let signatures = try expected.map { text in
                    try WebhookSigner(secrets: [SigningSecret(text: text)])
                        .headers(id: event, timestamp: Timestamp(milliseconds: seconds * 1000), body: request.body)
                        .signature
                }
                #expect(request.headers["webhook-signature"] == signatures.joined(separator: " "))
            }
            await receiver.stop()
        }
    }

    @Test(arguments: TestDatabase.available)
    func whatHasEndedCountsNoLonger(on database: TestDatabase) async throws {
        try await database.withWebhooks { bench in
            let id = try await bench.subscribe(WebhookURL(Self.url)).subscription.id
            let maximum = WebhookSigner.acceptedSecrets.upperBound
            for _ in 1..<maximum { _ = try await bench.webhooks.rotateSecret(of: id, graceSeconds: 60) }
            await #expect(throws: WebhookError.tooMany(what: "secrets", maximum: maximum)) {
                _ = try await bench.webhooks.rotateSecret(of: id, graceSeconds: 60)
            }
            // A secret that leaked can always be ended.
            let sole = try await bench.webhooks.rotateSecret(of: id, graceSeconds: 0)
            #expect(try await bench.webhooks.signingSecrets(of: id).map(\.secret.text) == [sole.text])
            for _ in 1..<maximum { _ = try await bench.webhooks.rotateSecret(of: id, graceSeconds: 60) }
            bench.clock.advance(byMilliseconds: 60_000)
            let last = try await bench.webhooks.rotateSecret(of: id, graceSeconds: 0)

            let upkeep = bench.upkeep(retentionMilliseconds: 30 * 86_400_000)
            try await upkeep.removeEndedSecrets()
            #expect(try await bench.secretRows() == 2 * maximum + 1)
            bench.clock.advance(byMilliseconds: UpkeepWorker.endedSecretMilliseconds + 1)
            try await upkeep.removeEndedSecrets()
            #expect(try await bench.secretRows() == 1)
            #expect(try await bench.webhooks.signingSecrets(of: id).map(\.secret.text) == [last.text])
        }
    }

    @Test(arguments: TestDatabase.available)
    func aKeyPairGoesWhenItSignsNoLonger(on database: TestDatabase) async throws {
        try await database.withWebhooks { bench in
            let receiver = try await ScriptedReceiver([.ok])
            let made = try await bench.subscribe(receiver.url(), ["ed25519": true])
            let id = made.subscription.id
            _ = try await bench.webhooks.rotateSecret(of: id, kind: .ed25519)
            #expect(try await bench.secretRows() == 3)
            _ = try await bench.webhooks.update(id) { definition, _ in definition.signsAsymmetrically = false }
            // The private keys are gone, the one in its grace too.
            #expect(try await bench.secretRows() == 1)
            #expect(try await bench.webhooks.signingSecrets(of: id).map(\.secret.text) == [made.secret])
            let refusal = await #expect(throws: WebhookError.self) {
                _ = try await bench.webhooks.rotateSecret(of: id, kind: .ed25519)
            }
            guard case .invalid("kind", _) = refusal else {
                Issue.record("\(String(describing: refusal))")
                return
            }
            try await bench.running {
                let event = try await bench.deliver(1)
                try await eventually("success") { try await bench.statuses(of: event) == [.success] }
                let off = try SeenRequest(receiver.seen.requests[0]).headers["webhook-signature"] ?? ""
                #expect(off.hasPrefix("v1,") && !off.contains("v1a,"))

                _ = try await bench.webhooks.update(id) { definition, _ in definition.signsAsymmetrically = true }
                let keys = try await bench.webhooks.signingSecrets(of: id).compactMap(\.secret.publicKeyText)
                #expect(keys.count == 1 && keys.first != made.publicKey)
                let next = try await bench.deliver(2)
                try await eventually("success") { try await bench.statuses(of: next) == [.success] }
                let request = try SeenRequest(receiver.seen.requests[1])
                let verifier = try WebhookVerifier(secrets: keys)
                let delivery = try verifier.verify(
                    body: request.body,
                    headers: request.headers,
                    now: bench.clock.now()
                )
                #expect(delivery.id == next.text)
            }
            await receiver.stop()
        }
    }

    /// A secret whose key is lost is replaced, and hinders nothing once it has ended.
    @Test(arguments: TestDatabase.available)
    func aRotationReplacesWhatCannotBeOpened(on database: TestDatabase) async throws {
        try await database.withWebhooks { bench in
            let receiver = try await ScriptedReceiver([.ok])
            let id = try await bench.subscribe(receiver.url()).subscription.id
            let other = try EncryptionKeyRing(fileText: EncryptionKeyRing.generateFileText())
            let later = try await WebhookBench(bench.database, clock: bench.clock) { $0.keys = other }
            await #expect(throws: WebhookError.self) { _ = try await later.webhooks.signingSecrets(of: id) }
            let new = try await later.webhooks.rotateSecret(of: id, graceSeconds: 0)
            #expect(try await later.webhooks.signingSecrets(of: id).map(\.secret.text) == [new.text])
            try await later.running {
                let event = try await later.deliver()
                try await eventually("success") { try await later.statuses(of: event) == [.success] }
            }
            await receiver.stop()
        }
    }

    @Test(arguments: TestDatabase.available)
    func nothingIsSealedOfWhatIsDeleted(on database: TestDatabase) async throws {
        try await database.withWebhooks { bench in
            let options = SubscribeOptions(
                secrets: SubscriptionSecrets(headers: try CustomHeaders([.init(name: "X-Key", value: "hidden")]))
            )
            let id = try await bench.subscribe(WebhookURL(Self.url), options: options).subscription.id
            #expect(try await bench.sealedValues().count == 2)
            try await bench.webhooks.delete(id)
            #expect(try await bench.sealedValues().isEmpty)
        }
    }
}

extension WebhookBench {
    func secretRows() async throws -> Int {
        try await database.read { transaction in
            try transaction.rows("SELECT id FROM hookline_webhook_secrets").count
        }
    }

    /// All that is sealed, in a stable order.
    func sealedValues() async throws -> [[UInt8]] {
        try await database.read { transaction in
            try transaction.rows("SELECT sealed FROM hookline_webhook_secrets ORDER BY id")
                .map { try $0.blob("sealed") }
                + transaction.rows(
                    "SELECT sealed FROM hookline_webhook_subscriptions WHERE sealed IS NOT NULL ORDER BY number"
                ).map { try $0.blob("sealed") }
        }
    }
}
