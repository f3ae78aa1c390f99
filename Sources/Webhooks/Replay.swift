public import HooklinePrimitives

/// A request to deliver past events to a subscription again, or for the first time.
public struct ReplayRequest: Sendable, Equatable {
    /// Which deliveries are made due, among those of events that match the subscription now. What is pending is under way
    /// already, and left alone.
    public enum Scope: String, Sendable, CaseIterable {
        /// Events of which the subscription has no delivery, and deliveries that failed.
        case undelivered
        /// Events of which the subscription has no delivery: they came before it, or did not match it then.
        case missing
        /// Deliveries that failed: those whose attempts are used up, and those that were skipped while the subscription
        /// was disabled.
        case failed
        /// Events of which the subscription has no delivery, and deliveries that failed or succeeded.
        case all

        /// Whether a delivery that stands so is made due; nil for an event without one.
        func includes(_ state: DeliveryStore.State?) -> Bool {
            switch state {
            case nil: self != .failed
            case .failed?: self != .missing
            case .success?: self == .all
            case .pending?: false
            }
        }
    }

    /// The first event's position, or the moment since which events were enqueued.
    public enum Start: Sendable, Equatable {
        case position(Int64)
        case since(Timestamp)
    }

    public var start: Start
    /// Events that were enqueued before; nil for those until now.
    public var until: Timestamp?
    /// The types of events; empty for all that match the subscription.
    public var types: [Identifier]
    public var scope: Scope
    /// The most deliveries that are made due a second.
    public var ratePerSecond: Double

    public static let acceptedRates = 0.1...10_000.0
    public static let defaultRatePerSecond = 500.0

    public init(
        start: Start,
        until: Timestamp? = nil,
        types: [Identifier] = [],
        scope: Scope = .undelivered,
        ratePerSecond: Double = ReplayRequest.defaultRatePerSecond
    ) {
        self.start = start
        self.until = until
        self.types = types
        self.scope = scope
        self.ratePerSecond = ratePerSecond
    }
}

/// A replay under way, or done.
public struct Replay: Sendable, Equatable {
    public enum State: String, Sendable, CaseIterable {
        case running
        case completed
        case cancelled
    }

    /// `rpl_...`
    public let id: Identifier
    public let subscriptionID: Identifier
    public let request: ReplayRequest
    /// The position that is looked at next, and the one after the last.
    public let nextPosition: Int64
    public let endPosition: Int64
    /// How many deliveries were made due.
    public let scheduled: Int
    public let state: State
    public let createdAt: Timestamp
    public let updatedAt: Timestamp
}
