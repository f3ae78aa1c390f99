import HooklinePrimitives

/// Names the delivery of one event to one subscription.
public struct DeliveryKey: Hashable, Sendable {
    /// The event's place in the outbox.
    public let position: Int64
    /// The subscription's number.
    public let subscription: Int64

    public init(position: Int64, subscription: Int64) {
        self.position = position
        self.subscription = subscription
    }
}

/// A delivery that waits for its turn.
struct DueDelivery<Payload: Sendable>: Sendable {
    let key: DeliveryKey
    /// Deliveries of one subscription with equal keys keep their order, where the subscription asks for that.
    let orderingKey: Identifier?
    /// No attempt starts before.
    var dueAt: Timestamp
    /// The attempts made so far.
    var attempts: Int
    /// What keeping this delivery in memory costs, at least roughly.
    let bytes: Int
    let payload: Payload
}

/// Where an offered delivery was read.
enum DeliverySource: Sendable {
    /// It is new: the outbox was read at its end.
    case tail
    /// The store was read for a lane, because `refills` asked for it.
    case store
}

/// How an attempt ended, as far as the scheduler is concerned.
enum DeliveryResult: Sendable, Equatable {
    case succeeded
    /// `isCongestion` where no answer came in time or no connection was made: the receiver gets fewer at a time then.
    case failed(isCongestion: Bool)
    /// No attempt was made; the delivery takes its place at the front again, and no attempt is counted.
    case released
}

/// The store is to be read for one subscription.
struct Refill: Sendable, Equatable {
    let subscription: Int64
    /// The most rows to read: those that are known already, and room for new ones.
    let limit: Int
    /// Rows with these ordering keys are not wanted now.
    let excludedKeys: [Identifier]
    /// Whether rows are wanted in the order of positions, those not due yet among them; otherwise only due ones.
    let isOrdered: Bool
}
