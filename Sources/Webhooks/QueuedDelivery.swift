import HooklineEvents
import HooklinePrimitives

/// What the scheduler carries along with a delivery: enough to make it and to note what came of it.
struct QueuedDelivery: Sendable {
    /// Shared by the deliveries of one event that are in memory together.
    let event: QueuedEvent
    let cause: DeliveryCause
    /// The attempts since it was last made due anew.
    let step: Int
    let isOrdered: Bool
}

/// An event on its way out.
final class QueuedEvent: Sendable {
    let dispatched: DispatchedEvent
    let delivered: DeliveredEvent

    init(_ dispatched: DispatchedEvent) {
        self.dispatched = dispatched
        delivered = DeliveredEvent(
            id: dispatched.id,
            type: dispatched.event.type,
            occurredAt: dispatched.event.occurredAt,
            payload: dispatched.event.payload,
            orderingKey: dispatched.event.orderingKey
        )
    }

    /// What keeping it in memory costs, roughly.
    var bytes: Int { dispatched.event.payload.bytes.count + 512 }
}
