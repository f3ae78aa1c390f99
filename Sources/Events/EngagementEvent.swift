public import HooklinePrimitives

/// Something that a viewer did, or that was measured, as it enters the log.
public struct EngagementEvent: Sendable {
    /// Deduplicates within the log's window; nil takes the event as it comes.
    public var id: Identifier?
    /// `impression`, `click`, `view`, `watch`, `like`, `share`, `comment`, `exposure`, or any other.
    public var type: Identifier
    public var userID: Identifier?
    public var contentID: Identifier?
    /// When it happened, by the server's clock (see `ClockSkew`).
    public var occurredAt: Timestamp
    /// A JSON object, verbatim as it was sent; nil where there is none.
    public var properties: String?

    public init(
        id: Identifier? = nil,
        type: Identifier,
        userID: Identifier? = nil,
        contentID: Identifier? = nil,
        occurredAt: Timestamp,
        properties: String? = nil
    ) {
        self.id = id
        self.type = type
        self.userID = userID
        self.contentID = contentID
        self.occurredAt = occurredAt
        self.properties = properties
    }

    /// The longest type, in bytes of UTF-8.
    public static let maximumTypeBytes = 128
    /// The longest properties object, in bytes as sent.
    public static let maximumPropertiesBytes = 32_768
    /// Types that begin so are written by Hookline itself and refused from outside.
    public static let reservedTypePrefix = "hookline."
    /// How far in the future of the server's clock an event may lie: a day, for clocks set to a wrong time zone.
    public static let maximumFutureMilliseconds: Int64 = 86_400_000

    /// The moments that are accepted at `now` by the server's clock.
    public static func acceptedMoments(at now: Timestamp) -> ClosedRange<Timestamp> {
        let earliest = Timestamp.accepted.lowerBound
        return earliest...max(earliest, now.advanced(byMilliseconds: maximumFutureMilliseconds))
    }
}

/// Corrects the time of an event for a sender whose clock is wrong.
public enum ClockSkew {
    /// The moment `timestamp` by the server's clock: the sender's clock read `sentAt` when the request was sent, and the
    /// server's `receivedAt` when it arrived, so the difference is the skew (plus the request's way, which is short).
    public static func corrected(_ timestamp: Timestamp, sentAt: Timestamp, receivedAt: Timestamp) -> Timestamp {
        timestamp.advanced(byMilliseconds: receivedAt.milliseconds - sentAt.milliseconds)
    }
}

/// An event of the log, with its position.
public struct LoggedEvent: Sendable {
    /// From 1 on, without gaps, in commit order.
    public let position: Int64
    public let id: Identifier
    public let type: Identifier
    public let userID: Identifier?
    public let contentID: Identifier?
    public let occurredAt: Timestamp
    public let receivedAt: Timestamp
    public let properties: String?

    public init(
        position: Int64,
        id: Identifier,
        type: Identifier,
        userID: Identifier?,
        contentID: Identifier?,
        occurredAt: Timestamp,
        receivedAt: Timestamp,
        properties: String?
    ) {
        self.position = position
        self.id = id
        self.type = type
        self.userID = userID
        self.contentID = contentID
        self.occurredAt = occurredAt
        self.receivedAt = receivedAt
        self.properties = properties
    }
}
