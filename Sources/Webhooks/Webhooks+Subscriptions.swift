public import HooklinePrimitives
import HooklineStorage

/// What comes back from subscribing.
public struct Subscribed: Sendable {
    public let subscription: Subscription
    /// The signing secret, `whsec_...`. It is not told again.
    public let secret: String
    /// What verifies `v1a` signatures, `whpk_...`; nil unless they were asked for.
    public let publicKey: String?
    /// What delivers the past events that were asked for.
    public let replay: Replay?
}

/// What a subscriber may choose beside the definition.
public struct SubscribeOptions: Sendable {
    /// Nil has one made.
    public var id: Identifier?
    /// Nil has one made. Of the kind `hmac`.
    public var secret: SigningSecret?
    public var secrets: SubscriptionSecrets
    /// Begins with past events; nil with those from now on.
    public var start: ReplayRequest.Start?
    /// Delivers only after the receiver has proved that it wants events, and so again after each change of the url; see
    /// `Webhooks.verify`.
    public var needsVerification: Bool
    public var isEnabled: Bool

    public init(
        id: Identifier? = nil,
        secret: SigningSecret? = nil,
        secrets: SubscriptionSecrets = SubscriptionSecrets(),
        start: ReplayRequest.Start? = nil,
        needsVerification: Bool = false,
        isEnabled: Bool = true
    ) {
        self.id = id
        self.secret = secret
        self.secrets = secrets
        self.start = start
        self.needsVerification = needsVerification
        self.isEnabled = isEnabled
    }
}

extension Webhooks {
    /// The most subscriptions of an installation.
    public static let maximumSubscriptions = 100_000
    /// How long old secrets may go on signing after a rotation.
    public static let acceptedGraceSeconds = 0...604_800
    public static let defaultGraceSeconds = 86_400

    // MARK: Life

    /// Adds a subscription. Events that are enqueued after this answer are delivered to it.
    ///
    /// - Throws: `WebhookError.invalid`, `.subscriptionExists`, `.unknownEventType`, `.unknownTenant`, `.tooMany`.
    public func subscribe(
        _ definition: SubscriptionDefinition,
        options: SubscribeOptions = SubscribeOptions()
    ) async throws -> Subscribed {
        try check(definition, hasHMACSecret: options.secret.map { $0.kind == .hmac } ?? true)
        let now = clock.now()
        var names = GeneratedNames(prefix: "sub_", at: now)
        let id = options.id ?? names.next()
        let secret = options.secret ?? SigningSecret.generate(.hmac)
        let keyPair = definition.signsAsymmetrically ? SigningSecret.generate(.ed25519) : nil
        let reason: DisabledReason? = options.needsVerification ? .unverified : options.isEnabled ? nil : .requested
        let new = NewSubscription(
            id: id,
            definition: definition,
            document: JSON.object(definition.json).text,
            sealed: vault.seal(options.secrets, of: id),
            disabledReason: reason,
            needsVerification: options.needsVerification
        )
        let (stored, replay) = try await database.write { transaction in
            try checkNames(of: definition, in: transaction)
            guard try subscriptionStore.counts(in: transaction).total < Self.maximumSubscriptions else {
                throw WebhookError.tooMany(what: "subscriptions", maximum: Self.maximumSubscriptions)
            }
            let number = try subscriptionStore.add(new, at: now, in: transaction)
            // The newest signs first: HMAC, which every receiver understands.
            if let keyPair { try addSecret(keyPair, to: number, id, at: now, in: transaction) }
            try addSecret(secret, to: number, id, at: now, in: transaction)
            let replay = try options.start.map { start in
                try addReplay(ReplayRequest(start: start), of: number, id, at: now, in: transaction)
            }
            return (try subscriptionStore.get(id, in: transaction), replay)
        }
        await announceChange()
        return Subscribed(
            subscription: try vault.description(of: stored),
            secret: secret.text,
            publicKey: keyPair?.publicKeyText,
            replay: replay
        )
    }

    /// Adds a subscription to events of some types.
    public func subscribe(_ url: String, to events: [String]) async throws -> Subscribed {
        let fields: JSONObject = ["url": .string(url), "events": .array(events.map { .string($0) })]
        return try await subscribe(SubscriptionDefinition(JSONFields(fields)))
    }

    /// - Throws: `WebhookError.unknownSubscription`.
    public func subscription(_ id: Identifier) async throws -> Subscription {
        try await database.read { try vault.description(of: subscriptionStore.get(id, in: $0)) }
    }

    /// In the order of ids; those of one tenant, or of all.
    public func subscriptions(
        _ page: PageRequest = PageRequest(),
        tenant: Identifier? = nil
    ) async throws -> Page<Subscription> {
        try await database.read { transaction in
            let stored = try subscriptionStore.list(page, tenant: tenant, in: transaction)
            return Page(items: try stored.items.map { try vault.description(of: $0) }, next: stored.next)
        }
    }

    /// Changes a subscription. What is in flight ends as it began; what is pending follows the new definition.
    ///
    /// Where the subscription `needsVerification`, a new url (one of other bytes) disables it until it is verified. Where
    /// it signs with an ed25519 key no longer, the key is removed: a later one is another.
    ///
    /// - Parameters:
    ///   - id: the subscription's.
    ///   - change: is given the present definition and secrets, and may run more than once.
    /// - Throws: as `subscribe`, and `WebhookError.unknownSubscription`.
    public func update(
        _ id: Identifier,
        _ change: @escaping @Sendable (inout SubscriptionDefinition, inout SubscriptionSecrets) throws -> Void
    ) async throws -> Subscription {
        let now = clock.now()
        let stored = try await database.write { transaction in
            let before = try subscriptionStore.locked(id, in: transaction)
            let (subscription, oldSecrets) = try vault.subscription(before)
            var (definition, secrets) = (subscription.definition, oldSecrets)
            try change(&definition, &secrets)
            try check(definition, hasHMACSecret: true)
            try checkNames(of: definition, in: transaction)
            guard definition.tenant == subscription.definition.tenant else {
                throw WebhookError.invalid(field: "tenant", problem: "cannot be changed; add another subscription")
            }
            try subscriptionStore.update(
                before.number,
                definition: definition,
                document: JSON.object(definition.json).text,
                sealed: secrets == oldSecrets ? before.sealed : vault.seal(secrets, of: id),
                at: now,
                in: transaction
            )
            if definition.ordering != subscription.definition.ordering {
                try deliveries.reorder(before.number, isOrdered: definition.ordering != .none, in: transaction)
            }
            if definition.signsAsymmetrically != subscription.definition.signsAsymmetrically {
                try removeKeyPairs(of: before, in: transaction)
            }
            if definition.signsAsymmetrically, !subscription.definition.signsAsymmetrically {
                try addSecret(.generate(.ed25519), to: before.number, id, at: now, in: transaction)
            }
            // What was proved is about one address.
            if before.needsVerification, definition.url != subscription.definition.url {
                try subscriptionStore.withdrawVerification(of: before.number, at: now, in: transaction)
            }
            return try subscriptionStore.get(id, in: transaction)
        }
        await announceChange()
        return try vault.description(of: stored)
    }

    /// Lets deliveries go on, of what is pending too. Events that came meanwhile are replayed on request.
    ///
    /// - Throws: `WebhookError.unknownSubscription`; `.verificationFailed` for one that is not verified.
    public func enable(_ id: Identifier) async throws -> Subscription {
        try await setState(.enabled, reason: nil, of: id)
    }

    /// Attempts nothing until it is enabled. What is pending waits; new events are noted as not delivered.
    public func disable(_ id: Identifier) async throws -> Subscription {
        try await setState(.disabled, reason: .requested, of: id)
    }

    /// Removes a subscription with its secrets. What is pending is given up.
    public func delete(_ id: Identifier) async throws {
        let now = clock.now()
        try await database.write { transaction in
            let stored = try subscriptionStore.locked(id, in: transaction)
            try subscriptionStore.setState(.deleted, reason: nil, of: stored.number, at: now, in: transaction)
            try subscriptionStore.deleteSealed(of: stored.number, in: transaction)
        }
        await announceChange()
    }

    private func setState(
        _ state: SubscriptionState,
        reason: DisabledReason?,
        of id: Identifier
    ) async throws -> Subscription {
        let now = clock.now()
        let stored = try await database.write { transaction in
            let before = try subscriptionStore.locked(id, in: transaction)
            guard before.state != state else { return before }
            guard before.disabledReason != .unverified else {
                throw WebhookError.verificationFailed(problem: "the receiver has not been verified yet")
            }
            try subscriptionStore.setState(state, reason: reason, of: before.number, at: now, in: transaction)
            // Days of failure count from the new beginning.
            if state == .enabled { try deliveries.setFailing(before.number, since: nil, in: transaction) }
            return try subscriptionStore.get(id, in: transaction)
        }
        await announceChange()
        return try vault.description(of: stored)
    }

    // MARK: Secrets

    /// What signs now, the newest first. For administrators who must hand a secret on; `subscribe` and `rotateSecret` tell
    /// it once.
    public func signingSecrets(of id: Identifier) async throws -> [(secret: SigningSecret, expiresAt: Timestamp?)] {
        let now = clock.now()
        return try await database.read { transaction in
            let stored = try subscriptionStore.get(id, in: transaction)
            return try (subscriptionStore.secrets(of: [stored.number], in: transaction)[stored.number] ?? [])
                .filter { $0.expiresAt.map { now < $0 } ?? true }
                .map { (try vault.open($0, of: id), $0.expiresAt) }
        }
    }

    /// Signs with a new secret from now on, and with the old ones as well until the grace is over.
    ///
    /// - Parameters:
    ///   - id: the subscription's.
    ///   - secret: the new secret; nil has one made, of the kind that is given.
    ///   - kind: which of the secrets is replaced.
    ///   - graceSeconds: within `acceptedGraceSeconds`.
    /// - Returns: the secret, or the key pair whose public half receivers need.
    /// - Throws: `WebhookError.unknownSubscription`; `.invalid` for a grace that is not accepted, and for a key pair where
    ///   the subscription does not sign with one; `.tooMany` where too many would sign at a time.
    public func rotateSecret(
        of id: Identifier,
        to secret: SigningSecret? = nil,
        kind: SigningSecret.Kind = .hmac,
        graceSeconds: Int = Webhooks.defaultGraceSeconds
    ) async throws -> SigningSecret {
        let accepted = Self.acceptedGraceSeconds
        guard accepted.contains(graceSeconds) else {
            let problem = "is \(graceSeconds); accepted are \(accepted.lowerBound) to \(accepted.upperBound) seconds"
            throw WebhookError.invalid(field: "grace_seconds", problem: problem)
        }
        let new = secret ?? SigningSecret.generate(kind)
        let now = clock.now()
        try await database.write { transaction in
            let stored = try subscriptionStore.locked(id, in: transaction)
            guard try new.kind == .hmac || vault.description(of: stored).definition.signsAsymmetrically else {
                throw WebhookError.invalid(
                    field: "kind",
                    problem: "is ed25519, with which the subscription does not sign; accepted is hmac, or set its"
                        + " 'ed25519' first"
                )
            }
            let all = try subscriptionStore.secrets(of: [stored.number], in: transaction)[stored.number] ?? []
            let current = all.filter { $0.expiresAt.map { now < $0 } ?? true }
            // One that cannot be opened is of no use any more.
            let replaced = current.filter { ((try? vault.open($0, of: id).kind) ?? new.kind) == new.kind }
            let stay = graceSeconds == 0 ? current.count - replaced.count : current.count
            guard stay < WebhookSigner.acceptedSecrets.upperBound else {
                throw WebhookError.tooMany(what: "secrets", maximum: WebhookSigner.acceptedSecrets.upperBound)
            }
            let end = now.advanced(byMilliseconds: Int64(graceSeconds) * 1000)
            try subscriptionStore.expireSecrets(replaced.map(\.id), at: end, in: transaction)
            try addSecret(new, to: stored.number, id, at: now, in: transaction)
            try subscriptionStore.touch(stored.number, in: transaction)
        }
        await announceChange()
        return new
    }

    /// Removes the ed25519 keys of a subscription.
    private func removeKeyPairs(of stored: StoredSubscription, in transaction: any Transaction) throws {
        let secrets = try subscriptionStore.secrets(of: [stored.number], in: transaction)[stored.number] ?? []
        let keyPairs = try secrets.filter { try vault.open($0, of: stored.id).kind == .ed25519 }
        try subscriptionStore.deleteSecrets(keyPairs.map(\.id), in: transaction)
    }

    private func addSecret(
        _ secret: SigningSecret,
        to number: Int64,
        _ id: Identifier,
        at now: Timestamp,
        in transaction: any Transaction
    ) throws {
        var names = GeneratedNames(prefix: "sec_", at: now)
        try subscriptionStore.addSecret(
            StoredSecret(
                id: names.next().text,
                subscription: number,
                sealed: vault.seal(secret, of: id),
                createdAt: now,
                expiresAt: nil
            ),
            in: transaction
        )
    }

    // MARK: What is accepted

    private func check(_ definition: SubscriptionDefinition, hasHMACSecret: Bool) throws {
        if let refusal = configuration.network.refusal(of: definition.url) {
            throw WebhookError.invalid(field: "url", problem: refusal)
        }
        guard hasHMACSecret else {
            throw WebhookError.invalid(field: "secret", problem: "is of another kind; accepted is whsec_ and base64")
        }
    }

    private func checkNames(
        of definition: SubscriptionDefinition,
        in transaction: any Transaction
    ) throws {
        if let tenant = definition.tenant { _ = try catalogue.tenant(tenant, in: transaction) }
        let known = try directory.snapshot(in: transaction).eventTypes
        for type in definition.eventTypes.exactTypes where known[type] == nil {
            throw WebhookError.unknownEventType(type, accepted: known.keys.sorted())
        }
    }

    /// Tells all nodes that something changed, this one at once.
    func announceChange() async {
        // Where the database does not answer now, the change is read later.
        _ = try? await snapshot()
        database.announce(Self.dispatched)
    }
}
