import HooklineEvents
import HooklinePrimitives
import HooklineWebhooks

/// Which attempts, or which messages, a list is asked for.
struct SvixAttemptFilter: Sendable {
    let status: SvixStatus?
    /// 0 for attempts without an answer; 100, 200 and so on.
    let statusCodeClass: Int?
    let types: [Identifier]
    let channel: Identifier?
    let before: Timestamp?
    let after: Timestamp?

    static let parameters = [
        "status", "status_code_class", "event_types", "channel", "tag", "before", "after", "expanded_statuses",
    ]

    init(_ query: QueryParameters) throws(RequestError) {
        try query.refuse("tag", because: "messages have no tags here")
        status = try query.integer("status", in: 0...4).flatMap(SvixStatus.init(rawValue:))
        statusCodeClass = try query.integer("status_code_class", in: 0...599).map { $0 / 100 * 100 }
        types = try query.eventTypes("event_types")
        channel = try query.identifier("channel")
        before = try query.timestamp("before")
        after = try query.timestamp("after")
    }

    func accepts(_ attempt: DeliveryAttempt) -> Bool {
        let code = (attempt.responseStatus ?? 0) / 100 * 100
        return (status ?? SvixStatus(attempt)) == SvixStatus(attempt) && (statusCodeClass ?? code) == code
            && isInTime(attempt.startedAt)
    }

    func accepts(_ message: AcceptedEvent) -> Bool {
        (types.isEmpty || types.contains(message.event.type))
            && (channel.map { message.event.channels.contains($0) } ?? true) && isInTime(message.receivedAt)
    }

    private func isInTime(_ moment: Timestamp) -> Bool {
        (before.map { moment < $0 } ?? true) && (after.map { moment >= $0 } ?? true)
    }
}

/// Svix's `MessageStatus`.
enum SvixStatus: Int, Sendable {
    case success = 0
    case pending = 1
    case fail = 2
    case sending = 3
    /// Hookline has none of these.
    case canceled = 4

    init(_ status: DeliveryStatus) {
        self =
            switch status {
            case .success: .success
            case .pending: .pending
            case .failed: .fail
            case .sending: .sending
            }
    }

    init(_ attempt: DeliveryAttempt) {
        self = attempt.outcome == "success" ? .success : .fail
    }

    /// Whether an attempt can have it: one that is listed has ended.
    var isOfAttempts: Bool { self == .success || self == .fail }
    /// Whether a delivery can have it.
    var isDelivered: Bool { self != .canceled }

    /// What a delivery of this status is searched by; nil for none.
    var deliveryStatus: DeliveryStatus? {
        switch self {
        case .success: .success
        case .pending: .pending
        case .fail: .failed
        case .sending: .sending
        case .canceled: nil
        }
    }

    private var text: String {
        switch self {
        case .success: "success"
        case .pending: "pending"
        case .fail: "fail"
        case .sending: "sending"
        case .canceled: "canceled"
        }
    }

    func write(to object: inout JSONObject) {
        object["status"] = JSON(rawValue)
        object["statusText"] = .string(text)
    }
}
