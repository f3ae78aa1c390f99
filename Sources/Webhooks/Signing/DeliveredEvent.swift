public import HooklinePrimitives

/// What a delivery tells about a domain event.
public struct DeliveredEvent: Sendable, Equatable {
    public let id: Identifier
    /// `video.created`.
    public let type: Identifier
    /// In `Timestamp.accepted`.
    public let occurredAt: Timestamp
    /// Goes into the body byte for byte.
    public let payload: RawJSON
    /// What the event is ordered by, if anything.
    public let orderingKey: Identifier?

    public init(
        id: Identifier,
        type: Identifier,
        occurredAt: Timestamp,
        payload: RawJSON,
        orderingKey: Identifier? = nil
    ) {
        self.id = id
        self.type = type
        self.occurredAt = occurredAt
        self.payload = payload
        self.orderingKey = orderingKey
    }
}
