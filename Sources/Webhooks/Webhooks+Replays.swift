import HooklineEvents
public import HooklinePrimitives
import HooklineStorage

/// What a replay would do.
public struct ReplayPreview: Sendable, Equatable {
    /// The deliveries that would be made due.
    public let deliveries: Int
    /// How many of them exist and would be made again; the others would be made for the first time.
    public let again: Int
    /// The events that were looked at.
    public let events: Int
}

/// Delivering again.
extension Webhooks {
    /// Makes one delivery due at once, whatever became of it, with its retries anew.
    ///
    /// - Throws: `WebhookError.unknownDelivery`; `.unknownSubscription` where that is deleted.
    public func resend(_ id: Identifier) async throws -> Delivery {
        guard let key = DeliveryKey(deliveryID: id) else { throw WebhookError.unknownDelivery(id) }
        let now = engine.now
        let delivery = try await database.write { transaction in
            guard let row = try deliveries.row(key, in: transaction) else { throw WebhookError.unknownDelivery(id) }
            guard
                let subscriptionID = try subscriptionStore.ids(of: [key.subscription], in: transaction)[
                    key.subscription
                ]
            else { throw WebhookError.unknownDelivery(id) }
            let subscription = try vault.description(of: subscriptionStore.get(subscriptionID, in: transaction))
            try deliveries.restart(
                [row.key],
                cause: .resend,
                isOrdered: subscription.isOrdered,
                at: now,
                in: transaction
            )
            try subscriptionStore.touch(key.subscription, in: transaction)
            let after = try deliveries.row(key, in: transaction).map { [$0] } ?? []
            return try described(after, in: transaction)[0]
        }
        await announceChange()
        return delivery
    }

    /// Delivers one event to a subscription, whether it matched before or not.
    ///
    /// - Throws: `WebhookError.unknownEvent`, `.unknownSubscription`.
    public func send(_ eventID: Identifier, to subscriptionID: Identifier) async throws -> Delivery {
        try await waitForDispatch(of: eventID)
        let now = engine.now
        let delivery = try await database.write { transaction in
            guard let event = try outbox.store.event(eventID, in: transaction) else {
                throw WebhookError.unknownEvent(eventID)
            }
            let stored = try subscriptionStore.get(subscriptionID, in: transaction)
            let subscription = try vault.description(of: stored)
            let key = DeliveryKey(position: event.position, subscription: stored.number)
            let new = NewDelivery(
                key: key,
                dueAt: now,
                orderingKey: subscription.isOrdered ? event.event.orderingKey : nil,
                isOrdered: subscription.isOrdered,
                cause: .resend
            )
            if try deliveries.add([new], at: now, in: transaction) == 0 {
                try deliveries.restart(
                    [key],
                    cause: .resend,
                    isOrdered: subscription.isOrdered,
                    at: now,
                    in: transaction
                )
            }
            try subscriptionStore.touch(stored.number, in: transaction)
            return try described(try deliveries.row(key, in: transaction).map { [$0] } ?? [], in: transaction)[0]
        }
        await announceChange()
        return delivery
    }

    /// Begins to deliver past events to a subscription. It goes on in the background, at the rate asked for and after
    /// restarts, and its deliveries are retried like any others.
    ///
    /// - Throws: `WebhookError.unknownSubscription`, `.invalid`.
    public func replay(_ request: ReplayRequest, to subscriptionID: Identifier) async throws -> Replay {
        try Self.check(request)
        let now = clock.now()
        let replay = try await database.write { transaction in
            let stored = try subscriptionStore.get(subscriptionID, in: transaction)
            return try addReplay(request, of: stored.number, subscriptionID, at: now, in: transaction)
        }
        await announceChange()
        return replay
    }

    /// Counts what a replay would do, and does nothing. It looks at the same events that the replay would.
    public func previewReplay(_ request: ReplayRequest, to subscriptionID: Identifier) async throws -> ReplayPreview {
        try Self.check(request)
        var (position, end): (Int64, Int64) = try await database.read { transaction in
            _ = try subscriptionStore.get(subscriptionID, in: transaction)
            return (try first(request, in: transaction), try outbox.store.head(in: transaction) + 1)
        }
        var (new, again, events) = (0, 0, 0)
        while position < end {
            let range = position..<min(end, position + Int64(ReplayStore.maximumEventsPerStep))
            let part = try await database.read { transaction in
                let stored = try subscriptionStore.get(subscriptionID, in: transaction)
                guard let receiver = try directory.snapshot(in: transaction).subscriptions[stored.number] else {
                    throw WebhookError.unknownSubscription(subscriptionID)
                }
                return try replayStore.plan(request, receiver, range, in: transaction)
            }
            new += part.new.count
            again += part.again.count
            events += range.count
            position = range.upperBound
            end = max(end, position)
        }
        return ReplayPreview(deliveries: new + again, again: again, events: events)
    }

    /// - Throws: `WebhookError.unknownReplay`.
    public func replay(_ id: Identifier) async throws -> Replay {
        try await database.read { [replayStore] in try replayStore.get(id, in: $0) }
    }

    /// The newest first; of one subscription, or of all.
    public func replays(
        _ page: PageRequest = PageRequest(),
        of subscriptionID: Identifier? = nil
    ) async throws -> Page<Replay> {
        try await database.read { transaction in
            let number = try subscriptionID.map { try subscriptionStore.get($0, in: transaction).number }
            return try replayStore.list(page, subscription: number, in: transaction)
        }
    }

    /// Makes nothing more due. What the replay made due already is delivered.
    ///
    /// - Throws: `WebhookError.unknownReplay`.
    public func cancelReplay(_ id: Identifier) async throws -> Replay {
        let now = clock.now()
        return try await database.write { [replayStore] transaction in
            _ = try replayStore.get(id, in: transaction)
            try replayStore.cancel(id, at: now, in: transaction)
            return try replayStore.get(id, in: transaction)
        }
    }

    func addReplay(
        _ request: ReplayRequest,
        of number: Int64,
        _ subscriptionID: Identifier,
        at now: Timestamp,
        in transaction: any Transaction
    ) throws -> Replay {
        var names = GeneratedNames(prefix: "rpl_", at: now)
        let replay = Replay(
            id: names.next(),
            subscriptionID: subscriptionID,
            request: request,
            nextPosition: try first(request, in: transaction),
            endPosition: try outbox.store.head(in: transaction) + 1,
            scheduled: 0,
            state: .running,
            createdAt: now,
            updatedAt: now
        )
        try replayStore.add(replay, subscription: number, in: transaction)
        return replay
    }

    private func first(_ request: ReplayRequest, in transaction: any Transaction) throws -> Int64 {
        switch request.start {
        case .position(let position): max(1, position)
        case .since(let moment): try outbox.store.firstPosition(since: moment, in: transaction)
        }
    }

    private static func check(_ request: ReplayRequest) throws(WebhookError) {
        let accepted = ReplayRequest.acceptedRates
        guard accepted.contains(request.ratePerSecond) else {
            let problem = "is \(request.ratePerSecond); accepted are \(accepted.lowerBound) to \(accepted.upperBound)"
            throw .invalid(field: "rate_per_second", problem: problem)
        }
        if case .since(let since) = request.start, let until = request.until, until <= since {
            throw .invalid(field: "until", problem: "is not after 'since'")
        }
    }
}
