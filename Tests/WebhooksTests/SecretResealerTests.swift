import HooklineEvents
import HooklinePrimitives
import HooklineStorage
import HooklineStorageTestSupport
import Logging
import Synchronization
import Testing

@testable import HooklineWebhooks

/// The change of the key that seals secrets.
@Suite struct SecretResealerTests {
    private static let url = "http://127.0.0.1:9/hook"
    private static let old = "2026 " + Base64.text([UInt8](repeating: 1, count: 32))
    private static let new = "2027 " + Base64.text([UInt8](repeating: 2, count: 32))
    private static let lost = "2025 " + Base64.text([UInt8](repeating: 3, count: 32))

    private static func bench(_ database: any Database, _ lines: String...) async throws -> WebhookBench {
        let keys = try EncryptionKeyRing(fileText: lines.joined(separator: "\n"))
        return try await WebhookBench(database) { $0.keys = keys }
    }

    private static func options(_ id: Identifier, _ value: String = "hidden") throws -> SubscribeOptions {
        let headers = try CustomHeaders([.init(name: "X-Key", value: value)])
        return SubscribeOptions(id: id, secrets: SubscriptionSecrets(headers: headers))
    }

    /// More than one step of secrets, and of headers; then the old line is taken away.
    @Test(arguments: TestDatabase.available)
    func allIsSealedWithTheFirstKey(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            try await WebhookBench.migrate(database)
            let before = try await Self.bench(database, Self.old)
            var secrets: [Identifier: [String]] = [:]
            for number in 0...SecretResealer.maximumValuesPerStep {
                let options = try Self.options(Identifier(unchecked: "sub-\(number)"), "hidden-\(number)")
                let made = try await before.subscribe(
                    WebhookURL(Self.url),
                    ["ed25519": .bool(number == 0)],
                    options: options
                )
                secrets[made.subscription.id] = [made.secret]
            }
            let rotated = try await before.webhooks.rotateSecret(of: "sub-1")
            secrets["sub-1"]?.insert(rotated.text, at: 0)
            let subscription = try await before.webhooks.subscription("sub-1")

            let during = try await Self.bench(database, Self.new, Self.old)
            var known: Set<EncryptionError> = []
            #expect(try await during.resealer().run(known: &known) == 0)
            let prefix = during.webhooks.vault.sealingPrefix
            let sealed = try await during.sealedValues()
            #expect(sealed.count == 2 * SecretResealer.maximumValuesPerStep + 4)
            #expect(sealed.allSatisfy { $0.starts(with: prefix) })
            // It is nothing that anybody has changed.
            #expect(try await during.webhooks.subscription("sub-1") == subscription)
            #expect(try await during.resealer().run(known: &known) == 0)
            #expect(try await during.sealedValues() == sealed)

            let after = try await Self.bench(database, Self.new)
            for (id, texts) in secrets {
                let keys = try await after.webhooks.signingSecrets(of: id).map(\.secret)
                #expect(keys.filter { $0.kind == .hmac }.map(\.text) == texts)
                #expect(keys.contains { $0.kind == .ed25519 } == (id == "sub-0"))
                let headers = try await after.webhooks.customHeaders(of: id).all
                #expect(headers.map(\.value) == [id.text.replacing("sub", with: "hidden")])
            }
        }
    }

    /// What is changed between the look and the replacement stays as it was changed.
    @Test(arguments: TestDatabase.available)
    func aChangeMeanwhileIsNotLost(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            try await WebhookBench.migrate(database)
            let before = try await Self.bench(database, Self.old)
            let first = try await before.subscribe(WebhookURL(Self.url), options: Self.options("changed"))
            try await before.subscribe(WebhookURL(Self.url), options: Self.options("deleted"))
            let during = try await Self.bench(database, Self.new, Self.old)
            let rotated = Mutex<SigningSecret?>(nil)
            let intercepted = InterceptedDatabase(database) {
                guard rotated.withLock({ $0 == nil }) else { return }
                let secret = try await during.webhooks.rotateSecret(of: "changed", graceSeconds: 60)
                rotated.withLock { $0 = secret }
                _ = try await during.webhooks.update("changed") { _, secrets in
                    secrets.headers = try CustomHeaders([.init(name: "X-Key", value: "changed")])
                }
                try await during.webhooks.delete("deleted")
            }
            var known: Set<EncryptionError> = []
            #expect(try await during.resealer(intercepted).run(known: &known) == 0)

            let after = try await Self.bench(database, Self.new)
            let secrets = try await after.webhooks.signingSecrets(of: "changed")
            #expect(secrets.map(\.secret.text) == [rotated.withLock { $0?.text }, first.secret])
            #expect(secrets.map { $0.expiresAt == nil } == [true, false])
            let headers = try await after.webhooks.customHeaders(of: "changed").all
            #expect(headers.map(\.value) == ["changed"])
            #expect(try await after.sealedValues().count == 3)
        }
    }

    @Test(arguments: TestDatabase.available)
    func aReplacementComparesWhatItReplaces(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            try await WebhookBench.migrate(database)
            let bench = try await Self.bench(database, Self.old)
            try await bench.subscribe(WebhookURL(Self.url), options: Self.options("s"))
            let store = SubscriptionStore(database)
            let other = try EncryptionKeyRing(fileText: Self.new).sealingPrefix
            let values = try await database.read { transaction in
                try store.sealedSecrets(without: other, after: "", limit: 9, in: transaction)
                    + store.sealedExtras(without: other, after: 0, limit: 9, in: transaction)
            }
            #expect(values.count == 2)
            for value in values {
                let stale = SealedValue(place: value.place, subscription: value.subscription, bytes: [1, 2, 3])
                let isReplaced = try await database.write { try store.replace(stale, with: [9], in: $0) }
                #expect(!isReplaced)
            }
            #expect(try await bench.sealedValues() == values.map(\.bytes))
            for value in values {
                let isReplaced = try await database.write { try store.replace(value, with: [9], in: $0) }
                #expect(isReplaced)
            }
            #expect(try await bench.sealedValues() == [[9], [9]])
        }
    }

    /// What a key has sealed that is lost stays as it is, and is told once.
    @Test(arguments: TestDatabase.available)
    func whatCannotBeOpenedIsLeftAlone(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            try await WebhookBench.migrate(database)
            let forgotten = try await Self.bench(database, Self.lost)
            try await forgotten.subscribe(WebhookURL(Self.url), options: Self.options("a"))
            try await forgotten.subscribe(WebhookURL(Self.url), options: Self.options("b"))
            let sealed = try await forgotten.sealedValues()
            let before = try await Self.bench(database, Self.old)
            try await before.subscribe(WebhookURL(Self.url), options: Self.options("c"))

            let during = try await Self.bench(database, Self.new, Self.old)
            let warnings = RecordedWarnings()
            let resealer = during.resealer(logger: Logger(label: "test") { _ in warnings })
            var known: Set<EncryptionError> = []
            #expect(try await resealer.run(known: &known) == 4)
            #expect(try await resealer.run(known: &known) == 4)
            #expect(warnings.all.count == 1)
            #expect(warnings.all.first?["error"]?.description.contains("'2025' is not in the key file") == true)
            #expect(known == [.unknownKey(id: "2025")])
            #expect(Set(try await during.sealedValues()).isSuperset(of: sealed))
            #expect(try await during.webhooks.customHeaders(of: "c").all.map(\.value) == ["hidden"])

            let restored = try await Self.bench(database, Self.new, Self.lost)
            #expect(try await restored.resealer().run(known: &known) == 0)
            #expect(try await restored.webhooks.customHeaders(of: "a").all.map(\.value) == ["hidden"])
        }
    }

    @Test(arguments: TestDatabase.shared)
    func twoNodesDoItAtOnce(on database: TestDatabase) async throws {
        try await database.withStorage { storage in
            let handle = try await storage.open()
            try await WebhookBench.migrate(handle)
            let before = try await Self.bench(handle, Self.old)
            for number in 0..<30 {
                let id = Identifier(unchecked: "sub-\(number)")
                try await before.subscribe(WebhookURL(Self.url), options: Self.options(id))
            }
            let one = try await Self.bench(handle, Self.new, Self.old)
            let two = try await Self.bench(try await storage.open(), Self.new, Self.old)
            try await withThrowingTaskGroup { group in
                for node in [one, two] {
                    group.addTask {
                        var known: Set<EncryptionError> = []
                        return try await node.resealer().run(known: &known)
                    }
                }
                for try await remaining in group { #expect(remaining == 0) }
            }
            let after = try await Self.bench(handle, Self.new)
            for number in 0..<30 {
                let secrets = try await after.webhooks.signingSecrets(of: Identifier(unchecked: "sub-\(number)"))
                #expect(secrets.count == 1)
            }
        }
    }

    /// The services do it by themselves.
    @Test(arguments: TestDatabase.available)
    func itIsDoneInTheBackground(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            try await WebhookBench.migrate(database)
            try await Self.bench(database, Self.old).subscribe(WebhookURL(Self.url), options: Self.options("s"))
            let during = try await Self.bench(database, Self.new, Self.old)
            let prefix = during.webhooks.vault.sealingPrefix
            try await during.running {
                try await eventually("sealed with the first key") {
                    try await during.sealedValues().allSatisfy { $0.starts(with: prefix) }
                }
            }
        }
    }

    /// Subscriptions that waited for their verification when the step ran go on doing so after a change of the url.
    @Test(arguments: TestDatabase.available)
    func theStepOfTheSchemaKeepsWhatWasThere(on database: TestDatabase) async throws {
        try await database.withDatabase { database in
            let first = EventMigrations.all + OutboxMigrations.all + WebhookMigrations.all.prefix(1)
            try await Migrator(first).migrate(database)
            try await database.write { transaction in
                for (id, reason) in [("v", "unverified"), ("r", "requested")] {
                    try transaction.execute(
                        """
                        INSERT INTO hookline_webhook_subscriptions
                            (id, definition, state, disabled_reason, disabled_at, created_at, updated_at, revision)
                        VALUES (\(id), \(#"{"url": "http://127.0.0.1:9/hook", "events": ["*"]}"#), \("disabled"),
                            \(reason), \(1), \(1), \(1), \(1))
                        """
                    )
                }
                for (id, moment) in [("sec_b", 1), ("sec_a", 2)] {
                    try transaction.execute(
                        """
                        INSERT INTO hookline_webhook_secrets (id, subscription, sealed, created_at)
                        VALUES (\(id), \(1), \([UInt8(1)]), \(moment))
                        """
                    )
                }
            }
            try await WebhookBench.migrate(database)
            let bench = try await Self.bench(database, Self.old)
            #expect(try await bench.webhooks.subscription("v").needsVerification)
            #expect(try await !bench.webhooks.subscription("r").needsVerification)
            let store = SubscriptionStore(database)
            let secrets = try await database.read { try store.secrets(of: [1], in: $0)[1] ?? [] }
            #expect(secrets.map(\.id) == ["sec_a", "sec_b"])
        }
    }
}

extension WebhookBench {
    fileprivate func resealer(
        _ database: (any Database)? = nil,
        logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    ) -> SecretResealer {
        SecretResealer(database: database ?? self.database, vault: webhooks.vault, logger: logger)
    }
}

/// Keeps the metadata of what is logged as a warning.
private final class RecordedWarnings: LogHandler {
    private let entries = Mutex<[Logger.Metadata]>([])

    var all: [Logger.Metadata] { entries.withLock { $0 } }

    var logLevel: Logger.Level {
        get { .warning }
        set {}
    }
    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    subscript(metadataKey _: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) {
        entries.withLock { $0.append(event.metadata ?? [:]) }
    }
}
