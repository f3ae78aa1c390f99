public import HooklinePrimitives

/// What a caller of webhooks can get wrong.
public enum WebhookError: Error, Equatable, Sendable {
    case unknownSubscription(Identifier)
    case unknownEvent(Identifier)
    case unknownDelivery(Identifier)
    case unknownEventType(Identifier, accepted: [Identifier])
    case eventTypeExists(Identifier)
    /// The type is Hookline's own, or subscriptions name it.
    case eventTypeInUse(Identifier, by: String)
    case unknownTenant(Identifier)
    case tenantExists(Identifier)
    case unknownReplay(Identifier)
    /// A payload that the type's schema refuses, with the places and why.
    case payloadRefused(type: Identifier, violations: [SchemaViolation])
    case invalid(field: String, problem: String)
    /// An id is in use already.
    case subscriptionExists(Identifier)
    /// A limit of the whole installation is reached.
    case tooMany(what: String, maximum: Int)
    /// The receiver did not prove that it wants events.
    case verificationFailed(problem: String)
    /// The stored secrets cannot be opened: the key file lacks the key.
    case sealed(problem: String)
}

/// Where a payload breaks its schema.
public struct SchemaViolation: Sendable, Equatable {
    /// The place in the payload, as a JSON pointer (RFC 6901).
    public let pointer: String
    public let problem: String

    public init(pointer: String, problem: String) {
        self.pointer = pointer
        self.problem = problem
    }
}
