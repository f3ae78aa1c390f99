public import HooklineEvents
public import HooklinePrimitives
import HooklineStorage

/// Which events somebody looks for.
public struct EventSearch: Sendable {
    /// Empty for all types.
    public var types: [Identifier]
    public var tenant: Identifier?
    public var channel: Identifier?
    public var since: Timestamp?
    public var until: Timestamp?
    /// The newest first, or in the order of positions.
    public var isNewestFirst: Bool

    public init(
        types: [Identifier] = [],
        tenant: Identifier? = nil,
        channel: Identifier? = nil,
        since: Timestamp? = nil,
        until: Timestamp? = nil,
        isNewestFirst: Bool = true
    ) {
        self.types = types
        self.tenant = tenant
        self.channel = channel
        self.since = since
        self.until = until
        self.isNewestFirst = isNewestFirst
    }
}

/// Which deliveries somebody looks for.
public struct DeliverySearch: Sendable {
    public var subscription: Identifier?
    public var event: Identifier?
    /// `sending` finds what is pending too: it is under way in some process.
    public var status: DeliveryStatus?
    public var since: Timestamp?

    public init(
        subscription: Identifier? = nil,
        event: Identifier? = nil,
        status: DeliveryStatus? = nil,
        since: Timestamp? = nil
    ) {
        self.subscription = subscription
        self.event = event
        self.status = status
        self.since = since
    }
}

/// What was told, to whom, and how that went.
///
/// A page of a search looks at a bounded number of positions: it may hold fewer items than asked for, or none, and still
/// have a next page.
extension Webhooks {
    /// The positions that one page of a search looks at.
    static let maximumPositionsPerPage: Int64 = 20_000

    // MARK: Events

    /// - Throws: `WebhookError.unknownEvent`.
    public func event(_ id: Identifier) async throws -> DispatchedEvent {
        try await waitForDispatch(of: id)
        guard let event = try await database.read({ try outbox.store.event(id, in: $0) }) else {
            throw WebhookError.unknownEvent(id)
        }
        return event
    }

    /// The cursor of a page is the position of its last event.
    public func events(_ search: EventSearch, _ page: PageRequest = PageRequest()) async throws -> Page<DispatchedEvent>
    {
        let after = try page.after.map { try Self.position($0) }
        return try await database.read { transaction in
            let head = try outbox.store.head(in: transaction)
            let window = Self.window(after: after, head: head, isNewestFirst: search.isNewestFirst)
            var events = try outbox.store.events(
                DomainEventSearch(
                    positions: window,
                    types: search.types,
                    tenant: search.tenant,
                    since: search.since,
                    until: search.until,
                    isNewestFirst: search.isNewestFirst,
                    limit: page.limit
                ),
                in: transaction
            )
            let isFull = events.count == page.limit
            let last = events.last?.position
            if let channel = search.channel { events = events.filter { $0.event.channels.contains(channel) } }
            if isFull, let last { return Page(items: events, next: String(last)) }
            let end = search.isNewestFirst ? window.lowerBound : window.upperBound - 1
            let isDone = search.isNewestFirst ? window.lowerBound <= 1 : window.upperBound > head
            return Page(items: events, next: isDone ? nil : String(end))
        }
    }

    /// The events after a position in their order, for who follows all of them. Answers at once, with nothing where there
    /// is nothing new.
    public func follow(
        after position: Int64,
        types: [Identifier] = [],
        limit: Int
    ) async throws -> (events: [DispatchedEvent], next: Int64) {
        try await database.read { transaction in
            let head = try outbox.store.head(in: transaction)
            let end = min(head, position + Self.maximumPositionsPerPage)
            guard position < end else { return ([], max(position, 0)) }
            let events = try outbox.store.events(
                DomainEventSearch(positions: (position + 1)..<(end + 1), types: types, limit: limit),
                in: transaction
            )
            return (events, events.count == limit ? events.last?.position ?? end : end)
        }
    }

    /// The last position that was given out.
    public func head() async throws -> Int64 {
        try await database.read { try outbox.store.head(in: $0) }
    }

    private static func position(_ cursor: String) throws(WebhookError) -> Int64 {
        guard let position = Int64(cursor), position >= 0 else {
            throw .invalid(field: "cursor", problem: "is none that a page gave out as 'next'")
        }
        return position
    }

    private static func window(after position: Int64?, head: Int64, isNewestFirst: Bool) -> Range<Int64> {
        if isNewestFirst {
            let end = min(position ?? head + 1, head + 1)
            return max(1, end - maximumPositionsPerPage)..<max(1, end)
        }
        let start = min((position ?? 0) + 1, head + 1)
        return start..<min(head + 1, start + maximumPositionsPerPage)
    }

    /// Waits, for a limited time, while an event that was accepted just now has no position yet, so that who sends an event
    /// can ask for it at once.
    func waitForDispatch(of id: Identifier) async throws {
        let deadline = ContinuousClock.now + Self.maximumDispatchWait
        while try await database.read({ try outbox.store.isWaiting(id, in: $0) }), ContinuousClock.now < deadline {
            try await Task.sleep(for: Self.dispatchPollInterval)
        }
    }

    private static let maximumDispatchWait = Duration.seconds(2)
    private static let dispatchPollInterval = Duration.milliseconds(10)

    // MARK: Deliveries

    /// - Throws: `WebhookError.unknownDelivery`.
    public func delivery(_ id: Identifier) async throws -> Delivery {
        guard let key = DeliveryKey(deliveryID: id) else { throw WebhookError.unknownDelivery(id) }
        let found = try await database.read { transaction in
            try deliveries.row(key, in: transaction).map { try described([$0], in: transaction) }
        }
        guard let delivery = found?.first else { throw WebhookError.unknownDelivery(id) }
        return delivery
    }

    /// The newest first.
    ///
    /// - Throws: `WebhookError.unknownSubscription`, `.unknownEvent`.
    public func deliveries(
        _ search: DeliverySearch,
        _ page: PageRequest = PageRequest()
    ) async throws -> Page<Delivery> {
        if let event = search.event { try await waitForDispatch(of: event) }
        let before = try page.after.map { cursor in
            guard let key = DeliveryKey(deliveryID: Identifier(unchecked: cursor)) else {
                throw WebhookError.invalid(field: "cursor", problem: "is none that a page gave out as 'next'")
            }
            return key
        }
        return try await database.read { transaction in
            let head = try outbox.store.head(in: transaction)
            var query = DeliveryRowSearch(
                before: before ?? DeliveryKey(position: head, subscription: .max),
                lowestPosition: 1,
                limit: page.limit
            )
            var highest = query.before
            if let event = search.event {
                guard let position = try outbox.store.event(event, in: transaction)?.position else {
                    if try outbox.store.isWaiting(event, in: transaction) { return Page(items: [], next: nil) }
                    throw WebhookError.unknownEvent(event)
                }
                let last = DeliveryKey(position: position, subscription: .max)
                highest = before ?? last
                query.lowestPosition = position
            } else {
                query.lowestPosition = max(1, query.before.position - Self.maximumPositionsPerPage)
            }
            query.before = highest
            if let since = search.since {
                let first = try outbox.store.firstPosition(since: since, in: transaction)
                query.lowestPosition = max(query.lowestPosition, first)
            }
            if let subscription = search.subscription {
                query.subscription = try subscriptionStore.get(subscription, in: transaction).number
            }
            query.state = search.status?.storedState
            let rows = try deliveries.rows(query, in: transaction)
            let items = try described(rows, in: transaction)
            if rows.count == page.limit, let last = rows.last {
                return Page(items: items, next: last.key.deliveryID.text)
            }
            let isDone = search.event != nil || query.lowestPosition <= 1 || search.since != nil
            let next = DeliveryKey(position: query.lowestPosition, subscription: 1).deliveryID.text
            return Page(items: items, next: isDone ? nil : next)
        }
    }

    /// The attempts of a delivery, the newest first; the cursor is the number of the last one.
    ///
    /// - Throws: `WebhookError.unknownDelivery`.
    public func attempts(of id: Identifier, _ page: PageRequest = PageRequest()) async throws -> Page<DeliveryAttempt> {
        guard let key = DeliveryKey(deliveryID: id) else { throw WebhookError.unknownDelivery(id) }
        let before = try page.after.map { try Self.position($0) } ?? Int64.max
        return try await database.read { transaction in
            guard try deliveries.row(key, in: transaction) != nil else { throw WebhookError.unknownDelivery(id) }
            let found = try deliveries.attempts(
                of: key,
                before: Int(clamping: before),
                limit: page.limit + 1,
                in: transaction
            )
            return Page(found, of: page) { String($0.number) }
        }
    }

    /// Rows with the names behind their numbers, and what only this process knows.
    func described(_ rows: [DeliveryRow], in transaction: any Transaction) throws -> [Delivery] {
        let names = try outbox.store.names(at: rows.map(\.key.position), in: transaction)
        let ids = try subscriptionStore.ids(of: rows.map(\.key.subscription), in: transaction)
        return rows.compactMap { row in
            guard let name = names[row.key.position], let subscription = ids[row.key.subscription] else { return nil }
            let isPending = row.state == .pending
            let isSending = isPending && engine.inFlightSince(row.key) != nil
            return Delivery(
                key: row.key,
                eventID: name.id,
                eventType: name.type,
                subscriptionID: subscription,
                status: isSending ? .sending : DeliveryStatus(row.state),
                attempts: row.attempts,
                nextAttemptAt: isPending && !isSending ? row.nextAttemptAt : nil,
                cause: row.cause,
                reason: row.reason,
                responseStatus: row.responseStatus,
                createdAt: row.createdAt,
                completedAt: row.completedAt
            )
        }
    }
}

extension DeliveryStatus {
    init(_ state: DeliveryStore.State) {
        switch state {
        case .pending: self = .pending
        case .success: self = .success
        case .failed: self = .failed
        }
    }

    var storedState: DeliveryStore.State {
        switch self {
        case .pending, .sending: .pending
        case .success: .success
        case .failed: .failed
        }
    }
}
