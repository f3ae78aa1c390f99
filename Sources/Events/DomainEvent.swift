public import HooklinePrimitives

/// Something that the studio did or decided: `video.published`, `experiment.concluded`.
public struct DomainEvent: Sendable, Equatable {
    /// Names the event, and makes enqueuing it again harmless; nil has one made: `msg_...`.
    public var id: Identifier?
    public var type: Identifier
    /// What is told of it, kept and delivered byte by byte as it is.
    public var payload: RawJSON
    /// Whose event it is, where one Hookline serves several customers; nil for the studio's own.
    public var tenant: Identifier?
    /// What a subscription may restrict itself to, beside the type: `show-7`, `eu`.
    public var channels: [Identifier]
    /// Events of one key are delivered one after another by subscriptions that ask for it.
    public var orderingKey: Identifier?
    public var occurredAt: Timestamp

    public init(
        id: Identifier? = nil,
        type: Identifier,
        payload: RawJSON,
        tenant: Identifier? = nil,
        channels: [Identifier] = [],
        orderingKey: Identifier? = nil,
        occurredAt: Timestamp
    ) {
        self.id = id
        self.type = type
        self.payload = payload
        self.tenant = tenant
        self.channels = channels
        self.orderingKey = orderingKey
        self.occurredAt = occurredAt
    }

    /// The longest payload, in bytes.
    public static let maximumPayloadBytes = 262_144
    /// The most channels of an event.
    public static let maximumChannels = 5

    /// Whether an event under the same id says the same. The moment is not compared: who sends again may not know it.
    func saysSame(as other: DomainEvent) -> Bool {
        type == other.type && payload == other.payload && tenant == other.tenant && channels == other.channels
            && orderingKey == other.orderingKey
    }
}

/// What became of an event that was enqueued.
public struct EnqueuedEvent: Sendable, Equatable {
    public let id: Identifier
    /// Whether an event of this id was there already, and said the same. It is not delivered twice.
    public let isDuplicate: Bool
}

/// An event of the outbox that has its place in the order of delivery.
public struct DispatchedEvent: Sendable, Equatable {
    /// From 1 on, without gaps, in the order in which events became visible. Cursors and streams count by it.
    public let position: Int64
    public let id: Identifier
    public let event: DomainEvent
    /// When it was enqueued, by the server's clock.
    public let receivedAt: Timestamp
    /// Why it is delivered to nobody: its type is unknown, or its payload does not follow the type's schema. Nil where it
    /// is delivered to all who subscribed.
    public let refusal: String?
}

public enum OutboxError: Error, Equatable {
    /// Another event was enqueued under the same id, with another type, payload, tenant, channel or ordering key.
    case idReused(Identifier)
    /// More events wait for the disk than the outbox holds. Try again later.
    case overloaded(waitingEvents: Int)
    /// An event that no receiver could be sent. Says what is accepted.
    case invalid(field: String, problem: String)
}
