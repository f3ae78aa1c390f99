public import HooklineEvents
public import HooklinePrimitives
import HooklineStorage

/// An event that was accepted, whether the dispatcher has seen it yet or not.
public struct AcceptedEvent: Sendable, Equatable {
    public let id: Identifier
    public let event: DomainEvent
    /// When it was enqueued, by the server's clock.
    public let receivedAt: Timestamp

    public init(id: Identifier, event: DomainEvent, receivedAt: Timestamp) {
        self.id = id
        self.event = event
        self.receivedAt = receivedAt
    }

    public init(_ dispatched: DispatchedEvent) {
        self.init(id: dispatched.id, event: dispatched.event, receivedAt: dispatched.receivedAt)
    }
}

extension Webhooks {
    /// An event, from the moment on at which `deliver` has answered.
    ///
    /// - Throws: `WebhookError.unknownEvent`.
    public func acceptedEvent(_ id: Identifier) async throws -> AcceptedEvent {
        let found = try await database.read { transaction in
            try outbox.store.accepted(id, in: transaction).map { event, receivedAt in
                AcceptedEvent(id: id, event: event, receivedAt: receivedAt)
            }
        }
        guard let found else { throw WebhookError.unknownEvent(id) }
        return found
    }

    /// The header fields that a subscription's deliveries carry beside ours, with their values. For administrators:
    /// they may be secrets.
    ///
    /// - Throws: `WebhookError.unknownSubscription`.
    public func customHeaders(of id: Identifier) async throws -> CustomHeaders {
        try await database.read { try vault.subscription(subscriptionStore.get(id, in: $0)).1.headers }
    }
}
