public import HooklinePrimitives

/// Somebody who wants to be told of events.
public struct Subscription: Sendable, Equatable {
    /// How the tables call it: from 1 on, never used again.
    public let number: Int64
    /// `sub_...`
    public let id: Identifier
    public let definition: SubscriptionDefinition
    /// The names of the header fields that are sent beside ours. Their values may be secrets.
    public let headerNames: [String]
    /// Whether a client certificate is presented to the receiver.
    public let hasClientCertificate: Bool
    public let state: SubscriptionState
    public let disabledReason: DisabledReason?
    public let disabledAt: Timestamp?
    /// Whether each new url has to be verified before anything is delivered to it; see `Webhooks.verify`.
    public let needsVerification: Bool
    public let createdAt: Timestamp
    public let updatedAt: Timestamp
    /// Counts the changes of all subscriptions and event types: this one's last.
    public let revision: Int64

    public var isEnabled: Bool { state == .enabled }
    public var isOrdered: Bool { definition.ordering != .none }
}

public enum SubscriptionState: String, Sendable, CaseIterable {
    case enabled
    /// Nothing is attempted. Events that match are noted as failed, to be replayed later; what was pending stays so.
    case disabled
    /// Gone for everybody but its old deliveries.
    case deleted
}

/// Why a subscription is disabled.
public enum DisabledReason: String, Sendable, CaseIterable {
    /// Somebody asked for it.
    case requested
    /// The receiver answered 410 Gone.
    case gone
    /// Every attempt failed for days.
    case failing
    /// The receiver has not answered the verification.
    case unverified
}

/// What is sealed of a subscription.
public struct SubscriptionSecrets: Sendable, Equatable {
    public var headers: CustomHeaders
    /// Presented to receivers that ask who calls; nil for none.
    public var certificate: ClientCertificate?

    public init(headers: CustomHeaders = .none, certificate: ClientCertificate? = nil) {
        self.headers = headers
        self.certificate = certificate
    }
}

/// A client's certificate and key, as PEM.
public struct ClientCertificate: Sendable, Equatable {
    public let chainPEM: String
    public let privateKeyPEM: String
    let identity: ClientIdentity

    /// - Throws: where the texts are no certificate and its key.
    public init(chainPEM: String, privateKeyPEM: String) throws(ClientIdentityError) {
        identity = try ClientIdentity(certificateChainPEM: chainPEM, privateKeyPEM: privateKeyPEM)
        self.chainPEM = chainPEM
        self.privateKeyPEM = privateKeyPEM
    }

    public static func == (left: ClientCertificate, right: ClientCertificate) -> Bool {
        left.identity.fingerprint == right.identity.fingerprint
    }
}

extension EventTypeSelection {
    /// The types that are named in full, which must exist.
    var exactTypes: [Identifier] {
        patterns.compactMap { pattern in
            if case .exactly(let name) = pattern { name } else { nil }
        }
    }
}
