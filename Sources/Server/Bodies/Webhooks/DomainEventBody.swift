import HooklineEvents
import HooklinePrimitives
import HooklineWebhooks

/// Domain events, as they are answered.
enum DomainEventBody {
    static func json(_ event: DispatchedEvent) -> JSONObject {
        [
            "id": JSON(event.id),
            "position": JSON(event.position),
            "type": JSON(event.event.type),
            "tenant": JSON(event.event.tenant),
            "channels": .array(event.event.channels.map { JSON($0) }),
            "ordering_key": JSON(event.event.orderingKey),
            "timestamp": JSON(event.event.occurredAt),
            "received_at": JSON(event.receivedAt),
            "refusal": JSON(event.refusal),
            "payload": .raw(event.event.payload),
        ]
    }

    static func json(_ event: EnqueuedEvent) -> JSON {
        ["id": JSON(event.id), "duplicate": .bool(event.isDuplicate)]
    }

    static func json(_ explanation: Explanation) -> JSON {
        [
            "event": .object(json(explanation.event)),
            "subscriptions": .array(
                explanation.subscriptions.map { subscription in
                    [
                        "subscription_id": JSON(subscription.subscriptionID),
                        "url": JSON(subscription.url),
                        "matches": .bool(subscription.matches),
                        "reason": .string(subscription.reason),
                        "delivery": JSON(subscription.delivery.map(DeliveryBody.json)),
                        "hold": JSON(subscription.hold),
                    ]
                }
            ),
        ]
    }
}
