import HooklinePrimitives
import HooklineStorage
import Synchronization

/// The subscriptions and event types as this process has read them last, ready for use.
///
/// Every change counts a revision in the database. Whoever needs the present looks at the revision inside the same
/// transaction (one row), and reads what changed, which is mostly nothing.
final class Directory: Sendable {
    /// What stood in the database at a revision.
    struct Snapshot: Sendable {
        fileprivate(set) var revision: Int64 = -1
        /// By number, without deleted ones.
        fileprivate(set) var subscriptions: [Int64: Receiver] = [:]
        fileprivate(set) var eventTypes: [Identifier: CheckedType] = [:]
        /// The same, found by what an event has.
        fileprivate(set) var candidates = Candidates([:])
    }

    /// The subscriptions that an event's type and tenant leave, worked out once for each pair.
    final class Candidates: Sendable {
        private struct Key: Hashable {
            let type: Identifier
            let tenant: Identifier?
        }

        private let receivers: [Int64: Receiver]
        private let found = Mutex<[Key: [Receiver]]>([:])

        /// Types are the catalogue's, so there are not many pairs, but for installations with many tenants.
        private static let maximumPairs = 4096

        init(_ receivers: [Int64: Receiver]) {
            self.receivers = receivers
        }

        /// In the order of their numbers.
        func receivers(of type: Identifier, tenant: Identifier?) -> [Receiver] {
            let key = Key(type: type, tenant: tenant)
            if let known = found.withLock({ $0[key] }) { return known }
            let matching = receivers.values
                .filter {
                    $0.subscription.definition.tenant == tenant && $0.subscription.definition.eventTypes.matches(type)
                }
                .sorted { $0.subscription.number < $1.subscription.number }
            found.withLock { found in
                if found.count >= Self.maximumPairs { found = [:] }
                found[key] = matching
            }
            return matching
        }
    }

    private let subscriptionStore: SubscriptionStore
    private let catalogue: CatalogueStore
    private let vault: SubscriptionVault
    private let current = Mutex(Snapshot())

    init(database: any Database, vault: SubscriptionVault) {
        subscriptionStore = SubscriptionStore(database)
        catalogue = CatalogueStore(database)
        self.vault = vault
    }

    /// What stands in the database as this transaction sees it, or later.
    func snapshot(in transaction: any Transaction) throws -> Snapshot {
        let revision = try catalogue.revision(in: transaction)
        let known = current.withLock { $0 }
        guard known.revision < revision else { return known }
        var next = known
        next.revision = revision
        let changed = try subscriptionStore.changed(after: known.revision, in: transaction)
        let secrets = try subscriptionStore.secrets(of: changed.map(\.number), in: transaction)
        for stored in changed {
            next.subscriptions[stored.number] =
                stored.state == .deleted ? nil : try receiver(stored, secrets: secrets[stored.number] ?? [])
        }
        next.candidates = Candidates(next.subscriptions)
        next.eventTypes = Dictionary(
            uniqueKeysWithValues: try catalogue.allEventTypes(in: transaction).map { ($0.name, CheckedType($0)) }
        )
        let result = next
        // A transaction that sees less may end later: the newest stays.
        current.withLock { if $0.revision < result.revision { $0 = result } }
        return result
    }

    /// What was read last, without a look at the database.
    var latest: Snapshot { current.withLock { $0 } }

    private func receiver(_ stored: StoredSubscription, secrets: [StoredSecret]) throws -> Receiver {
        let subscription = try vault.description(of: stored)
        do throws(WebhookError) {
            let extras = try vault.openExtras(stored.sealed, of: stored.id)
            let keys = secrets.map { secret in
                Receiver.Key(
                    secret: Result { () throws(WebhookError) in try vault.open(secret, of: stored.id) },
                    expiresAt: secret.expiresAt
                )
            }
            return Receiver(subscription: subscription, secrets: extras, keys: keys)
        } catch {
            // It cannot be delivered to from here, and says so with each attempt. All others can.
            return Receiver(subscription: subscription, secrets: SubscriptionSecrets(), keys: [], problem: error)
        }
    }
}

/// An event type with its schema compiled.
struct CheckedType: Sendable {
    let type: EventType
    private let schema: JSONSchema?

    init(_ type: EventType) {
        self.type = type
        // It was compiled before it was stored.
        schema = type.schema.flatMap { raw in (try? JSON.parse(raw.bytes)).flatMap { try? JSONSchema($0) } }
    }

    var hasSchema: Bool { schema != nil }

    /// Where the payload breaks the schema; empty where it does not.
    func violations(of payload: JSON) -> [SchemaViolation] {
        (schema?.validate(payload) ?? []).map { SchemaViolation(pointer: $0.pointer, problem: $0.problem) }
    }
}

/// A subscription, ready to be delivered to.
final class Receiver: Sendable {
    struct Key: Sendable {
        /// Or why it cannot be opened, which hinders nothing once it has run out.
        let secret: Result<SigningSecret, WebhookError>
        let expiresAt: Timestamp?
    }

    let subscription: Subscription
    let secrets: SubscriptionSecrets
    private let keys: [Key]
    /// Why nothing can be signed; nil where it can.
    private let problem: WebhookError?
    private let signer: Mutex<(signer: WebhookSigner, validUntil: Timestamp?)?>

    /// What is sent beside our own header fields.
    let customHeaders: [(String, String)]

    init(subscription: Subscription, secrets: SubscriptionSecrets, keys: [Key], problem: WebhookError? = nil) {
        self.subscription = subscription
        self.secrets = secrets
        customHeaders = secrets.headers.all.map { ($0.name, $0.value) }
        self.keys = keys
        self.problem = problem
        signer = Mutex(nil)
    }

    /// What signs at a moment: every secret that has not run out, the newest first.
    func signer(at now: Timestamp) throws(WebhookError) -> WebhookSigner {
        if let problem { throw problem }
        if let ready = signer.withLock({ $0 }), ready.validUntil.map({ now < $0 }) ?? true { return ready.signer }
        let valid = keys.filter { $0.expiresAt.map { now < $0 } ?? true }.prefix(
            WebhookSigner.acceptedSecrets.upperBound
        )
        var secrets: [SigningSecret] = []
        for key in valid { secrets.append(try key.secret.get()) }
        do {
            let made = try WebhookSigner(secrets: secrets)
            signer.withLock { $0 = (made, valid.compactMap(\.expiresAt).min()) }
            return made
        } catch {
            throw .sealed(problem: "the subscription '\(subscription.id)' has no secret: \(error)")
        }
    }

    /// Whether an event is for this subscription.
    ///
    /// - Parameter payload: is asked for where a filter needs it.
    func match(_ event: DomainEventFacts, payload: () -> JSON?) -> MatchResult {
        let definition = subscription.definition
        guard definition.tenant == event.tenant else { return .otherTenant }
        guard definition.eventTypes.matches(event.type), !isUnexpectedNotice(event.type) else { return .otherType }
        guard definition.channels.matches(event.channels) else { return .otherChannel }
        if let filter = definition.filter {
            guard let payload = payload() else { return .unreadablePayload }
            if let refusal = filter.refusal(of: payload) { return .filtered(refusal) }
        }
        return .matches
    }

    /// Receivers that were made for Svix know only what their sender sends them: they get notices where they name them.
    private func isUnexpectedNotice(_ type: Identifier) -> Bool {
        guard subscription.definition.format == .payload, EventType.notices.contains(type) else { return false }
        return !subscription.definition.eventTypes.patterns.contains { $0 != .all && $0.matches(type) }
    }
}

/// What of an event decides who gets it, beside its payload.
struct DomainEventFacts: Sendable {
    let type: Identifier
    let tenant: Identifier?
    let channels: [Identifier]
}

/// Why an event is, or is not, for a subscription.
enum MatchResult: Sendable {
    case matches
    case otherTenant
    case otherType
    case otherChannel
    case filtered(JSONFilter.Refusal)
    case unreadablePayload
}
