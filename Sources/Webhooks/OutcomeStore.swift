import HooklineEvents
import HooklinePrimitives
import HooklineStorage

/// What is written about attempts that ended together, beside the attempts themselves.
struct OutcomePlan: Sendable {
    let completions: [AttemptCompletion]
    /// Subscriptions that begin to fail, with the moment, or that succeeded again, with nil.
    private(set) var healthChanges: [Int64: Timestamp?] = [:]
    /// Receivers that are to be disabled, and why.
    private(set) var disabled: [(receiver: Receiver, reason: DisabledReason, failingSince: Timestamp?)] = []
    /// Deliveries that are given up.
    let exhausted: [EndedAttempt]
    /// Receivers that fail, with the moment since which they do.
    private(set) var failing: [(receiver: Receiver, since: Timestamp)] = []

    /// - Parameter failingSince: the subscriptions that fail already.
    init(_ ended: [EndedAttempt], failingSince: [Int64: Timestamp], at now: Timestamp) {
        completions = ended.map(\.completion)
        exhausted = ended.filter { $0.completion.state == .failed }
        var last: [Int64: EndedAttempt] = [:]
        var hasSuccess: Set<Int64> = []
        for attempt in ended {
            let subscription = attempt.completion.key.subscription
            last[subscription] = attempt
            if attempt.completion.state == .success { hasSuccess.insert(subscription) }
            if attempt.isGone, !disabled.contains(where: { $0.receiver === attempt.receiver }) {
                disabled.append((attempt.receiver, .gone, failingSince[subscription]))
            }
        }
        for (subscription, attempt) in last {
            switch (hasSuccess.contains(subscription), failingSince[subscription]) {
            case (true, .some): healthChanges[subscription] = .some(nil)
            case (false, nil): healthChanges[subscription] = .some(now)
            case (false, .some(let since)): failing.append((attempt.receiver, since))
            case (true, nil): break
            }
        }
    }
}

/// The SQL transaction that notes outcomes, and announces what follows from them.
struct OutcomeStore: Sendable {
    private let database: any Database
    private let deliveries: DeliveryStore
    private let subscriptions: SubscriptionStore
    private let outbox: OutboxStore
    private let disableAfterMilliseconds: Int64

    /// A payload that is larger is not repeated in the notice that its delivery was given up.
    static let maximumRepeatedPayloadBytes = 65_536

    init(_ database: any Database, disableAfterMilliseconds: Int64) {
        self.database = database
        self.disableAfterMilliseconds = disableAfterMilliseconds
        deliveries = DeliveryStore(database)
        subscriptions = SubscriptionStore(database)
        outbox = OutboxStore(database)
    }

    struct Written: Sendable {
        var enqueuedEvents = false
        var changedSubscriptions = false
    }

    func write(_ plan: OutcomePlan, at now: Timestamp) async throws -> Written {
        try await database.write { transaction in
            var written = Written()
            try deliveries.complete(plan.completions, in: transaction)
            for (subscription, since) in plan.healthChanges.sorted(by: { $0.key < $1.key }) {
                try deliveries.setFailing(subscription, since: since, in: transaction)
            }
            for ended in plan.exhausted where !isNotice(ended.event.dispatched) {
                _ = try outbox.enqueue(exhaustionNotice(ended, at: now), at: now, in: transaction)
                written.enqueuedEvents = true
            }
            let tooLong = plan.failing.filter { now.milliseconds - $0.since.milliseconds > disableAfterMilliseconds }
                .map { (receiver: $0.receiver, reason: DisabledReason.failing, failingSince: Optional($0.since)) }
            for (receiver, reason, since) in plan.disabled + tooLong {
                try disable(receiver, reason, since, at: now, &written, in: transaction)
            }
            return written
        }
    }

    private func disable(
        _ receiver: Receiver,
        _ reason: DisabledReason,
        _ failingSince: Timestamp?,
        at now: Timestamp,
        _ written: inout Written,
        in transaction: any Transaction
    ) throws {
        let subscription = receiver.subscription
        // It may have been disabled, changed or deleted since.
        guard let stored = try? subscriptions.locked(subscription.id, in: transaction), stored.state == .enabled else {
            return
        }
        try subscriptions.setState(.disabled, reason: reason, of: stored.number, at: now, in: transaction)
        let payload: JSON = [
            "subscription_id": JSON(subscription.id),
            "url": .string(subscription.definition.url.text),
            "reason": .string(reason.rawValue),
            "failing_since": JSON(failingSince),
        ]
        let notice = DomainEvent(
            type: EventType.subscriptionDisabled,
            payload: RawJSON(unchecked: payload.encoded()),
            tenant: subscription.definition.tenant,
            occurredAt: now
        )
        _ = try outbox.enqueue(notice, at: now, in: transaction)
        written.enqueuedEvents = true
        written.changedSubscriptions = true
    }

    /// Notices about notices would never end.
    private func isNotice(_ event: DispatchedEvent) -> Bool {
        event.event.type == EventType.deliveryExhausted || event.event.type == EventType.subscriptionDisabled
    }

    private func exhaustionNotice(_ ended: EndedAttempt, at now: Timestamp) -> DomainEvent {
        let (completion, event) = (ended.completion, ended.event.dispatched)
        let payload = event.event.payload
        let isShort = payload.bytes.count <= Self.maximumRepeatedPayloadBytes
        let notice: JSON = [
            "delivery_id": JSON(completion.key.deliveryID),
            "subscription_id": JSON(ended.receiver.subscription.id),
            "url": .string(ended.receiver.subscription.definition.url.text),
            "attempts": JSON(completion.number),
            "last_outcome": .string(completion.outcome),
            "last_status": JSON(completion.responseStatus),
            "last_message": JSON(completion.message),
            "event": [
                "id": JSON(event.id),
                "type": JSON(event.event.type),
                "timestamp": JSON(event.event.occurredAt),
                "data": isShort ? .raw(payload) : nil,
            ],
        ]
        return DomainEvent(
            type: EventType.deliveryExhausted,
            payload: RawJSON(unchecked: notice.encoded()),
            tenant: event.event.tenant,
            channels: event.event.channels,
            occurredAt: now
        )
    }
}
