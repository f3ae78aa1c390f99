import HooklinePrimitives
import HooklineWebhooks

/// Deliveries and their attempts, as they are answered.
enum DeliveryBody {
    static func json(_ delivery: Delivery) -> JSONObject {
        [
            "id": JSON(delivery.id),
            "event_id": JSON(delivery.eventID),
            "event_type": JSON(delivery.eventType),
            "subscription_id": JSON(delivery.subscriptionID),
            "status": .string(delivery.status.rawValue),
            "attempts": JSON(delivery.attempts),
            "next_attempt_at": JSON(delivery.nextAttemptAt),
            "cause": .string(delivery.cause.rawValue),
            "reason": JSON(delivery.reason),
            "response_status": JSON(delivery.responseStatus),
            "created_at": JSON(delivery.createdAt),
            "completed_at": JSON(delivery.completedAt),
        ]
    }

    /// The beginning of the answer stands in `response_body` where it is text, in `response_body_base64` otherwise.
    static func json(_ attempt: DeliveryAttempt) -> JSONObject {
        var members: JSONObject = [
            "id": JSON(attempt.id),
            "number": JSON(attempt.number),
            "started_at": JSON(attempt.startedAt),
            "cause": .string(attempt.cause.rawValue),
            "outcome": .string(attempt.outcome),
            "message": JSON(attempt.message),
            "address": JSON(attempt.address),
            "response_status": JSON(attempt.responseStatus),
            "response_truncated": .bool(attempt.isResponseTruncated),
            "connection_reused": .bool(attempt.timings.reused),
            "timings_microseconds": [
                "dns": JSON(attempt.timings.dns),
                "connect": JSON(attempt.timings.connect),
                "tls": JSON(attempt.timings.tls),
                "first_byte": JSON(attempt.timings.firstByte),
                "total": JSON(attempt.timings.total),
            ],
        ]
        if let text = attempt.responseText {
            members.append("response_body", .string(text))
        } else {
            members.append("response_body_base64", .string(attempt.responseBase64))
        }
        return members
    }
}
