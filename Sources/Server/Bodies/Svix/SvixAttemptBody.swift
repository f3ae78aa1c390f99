import HooklinePrimitives
import HooklineWebhooks

/// Svix's `MessageAttemptOut`.
struct SvixAttemptBody: Sendable {
    let attempt: DeliveryAttempt
    let delivery: Delivery
    /// Where the endpoint is now; nil where it was deleted.
    let url: String?
    /// Told too where it is asked for, without its payload.
    let message: AcceptedEvent?

    func json(withContent: Bool) -> JSON {
        var object: JSONObject = [
            "id": JSON(attempt.id),
            "msgId": JSON(delivery.eventID),
            "endpointId": JSON(delivery.subscriptionID),
            "url": .string(url ?? ""),
            "response": .string(withContent ? response : ""),
            "responseStatusCode": JSON(attempt.responseStatus ?? 0),
            "responseDurationMs": JSON((attempt.timings.total + 500) / 1000),
            "triggerType": attempt.cause == .event ? 0 : 1,
            "timestamp": JSON(attempt.startedAt),
        ]
        SvixStatus(attempt).write(to: &object)
        if let message { object["msg"] = .object(SvixMessageBody.json(message, withContent: false)) }
        return .object(object)
    }

    /// The beginning of the answer; what went wrong where none came.
    private var response: String {
        // U+FFFD stands for what is no UTF-8, and for half a character at the end.
        attempt.responseStatus == nil ? attempt.message ?? "" : String(decoding: attempt.response, as: UTF8.self)
    }
}
