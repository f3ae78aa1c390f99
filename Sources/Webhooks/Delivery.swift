public import HooklinePrimitives

/// Where the delivery of one event to one subscription stands.
public enum DeliveryStatus: String, Sendable, CaseIterable {
    /// It waits: for its turn, its next attempt, the receiver to recover, or the subscription to be enabled.
    case pending
    /// An attempt is under way in this process.
    case sending
    /// The receiver answered 2xx.
    case success
    /// No further attempt is made, unless somebody asks for it.
    case failed
}

/// One event for one subscription.
public struct Delivery: Sendable, Equatable {
    public let key: DeliveryKey
    public let eventID: Identifier
    public let eventType: Identifier
    public let subscriptionID: Identifier
    public let status: DeliveryStatus
    /// The attempts made so far, resent ones included.
    public let attempts: Int
    /// The earliest moment of the next attempt; nil where none is due.
    public let nextAttemptAt: Timestamp?
    public let cause: DeliveryCause
    /// Why it failed, or why the last attempt did: a `FailureKind`, `status`, or a `SkipReason`.
    public let reason: String?
    /// The status of the last answer, nil where none came.
    public let responseStatus: Int?
    public let createdAt: Timestamp
    public let completedAt: Timestamp?

    public var id: Identifier { key.deliveryID }
}

/// Why a delivery is due.
public enum DeliveryCause: String, Sendable, CaseIterable {
    /// The event was enqueued.
    case event
    /// Somebody asked for this delivery again.
    case resend
    /// A replay asked for it.
    case replay
}

/// Why a delivery failed without an attempt.
public enum SkipReason: String, Sendable, CaseIterable {
    /// The subscription was disabled when the event was dispatched. Enable it and replay.
    case subscriptionDisabled = "subscription_disabled"
    /// The subscription was deleted.
    case subscriptionDeleted = "subscription_deleted"
}

extension DeliveryKey {
    /// `dlv_POSITION_SUBSCRIPTION`, both in hexadecimal digits.
    public var deliveryID: Identifier {
        Identifier(unchecked: "dlv_\(String(position, radix: 16))_\(String(subscription, radix: 16))")
    }

    /// - Returns: nil where the text is no id of a delivery.
    public init?(deliveryID: Identifier) {
        let parts = deliveryID.text.split(separator: "_", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "dlv",
            let position = Int64(parts[1], radix: 16), let subscription = Int64(parts[2], radix: 16),
            position > 0, subscription > 0
        else { return nil }
        self.init(position: position, subscription: subscription)
    }
}

/// One exchange with a receiver.
public struct DeliveryAttempt: Sendable, Equatable {
    public let key: DeliveryKey
    /// From 1 on within its delivery.
    public let number: Int
    public let startedAt: Timestamp
    public let cause: DeliveryCause
    /// `success`, `status` where the answer was no 2xx, or a `FailureKind`.
    public let outcome: String
    public let responseStatus: Int?
    /// What went wrong, for people.
    public let message: String?
    /// The address that was dialled.
    public let address: String?
    public let timings: ExchangeTimings
    /// The beginning of the answer's body.
    public let response: [UInt8]
    public let isResponseTruncated: Bool

    public var id: Identifier {
        Identifier(unchecked: "\(key.deliveryID.text.replacing("dlv_", with: "att_"))_\(number)")
    }
}

extension DeliveryAttempt {
    /// The answer's body as text; nil where it is no UTF-8, or has a U+0000. A character that was cut in two is left out.
    public var responseText: String? {
        guard !response.contains(0) else { return nil }
        let longestRest = isResponseTruncated ? Self.maximumScalarBytes - 1 : 0
        for rest in 0...longestRest where rest <= response.count {
            if let text = String(validating: response.dropLast(rest), as: UTF8.self) { return text }
        }
        return nil
    }

    public var responseBase64: String { Base64.text(response) }

    private static let maximumScalarBytes = 4
}
