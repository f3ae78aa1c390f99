public import HooklineEvents
public import HooklinePrimitives
import HooklineStorage

/// Why an event did, or did not, arrive.
public struct Explanation: Sendable {
    public let event: DispatchedEvent
    /// One a subscription that is not deleted, in the order of ids, and those deleted since that it was meant for.
    public let subscriptions: [SubscriptionExplanation]
}

/// Why an event did, or did not, arrive at one subscription.
public struct SubscriptionExplanation: Sendable {
    public let subscriptionID: Identifier
    public let url: String?
    /// Whether the event matches the subscription as it is now.
    public let matches: Bool
    /// What decided that, in a sentence: the type, the channel, the clause of the filter.
    public let reason: String
    /// What became of it; nil where there is no delivery.
    public let delivery: Delivery?
    /// Why it is not attempted now, or that it is, since when and by which node; nil where it is done, or is only waiting
    /// for `nextAttemptAt`.
    public let hold: String?
}

/// What keeps a subscription from being delivered to.
struct Hold: Sendable {
    let sentence: String
}

extension Webhooks {
    /// Explains one event: who matched, which clause refused, what holds it up, when it is tried next and why.
    ///
    /// - Parameters:
    ///   - id: the event's.
    ///   - subscription: only this one; nil for all.
    /// - Throws: `WebhookError.unknownEvent`, `.unknownSubscription`.
    public func explain(_ id: Identifier, subscription: Identifier? = nil) async throws -> Explanation {
        try await waitForDispatch(of: id)
        return try await database.read { transaction in
            guard let event = try outbox.store.event(id, in: transaction) else { throw WebhookError.unknownEvent(id) }
            let snapshot = try directory.snapshot(in: transaction)
            let only = try subscription.map { try subscriptionStore.get($0, in: transaction).number }
            let rows = Dictionary(
                uniqueKeysWithValues: try deliveries.rows(of: event.position, in: transaction)
                    .map { ($0.key.subscription, $0) }
            )
            let numbers = Set(snapshot.subscriptions.keys).union(rows.keys).filter { only == nil || $0 == only }
            let ids = try subscriptionStore.ids(of: numbers, in: transaction)
            let payload = try? JSON.parse(event.event.payload.bytes)
            let described = Dictionary(
                uniqueKeysWithValues: try self.described(
                    numbers.sorted().compactMap { rows[$0] },
                    in: transaction
                ).map { ($0.key.subscription, $0) }
            )
            let explanations = try numbers.compactMap { number -> SubscriptionExplanation? in
                guard let id = ids[number] else { return nil }
                let (matches, reason) = Self.match(event, snapshot.subscriptions[number], payload)
                let delivery = described[number]
                return SubscriptionExplanation(
                    subscriptionID: id,
                    url: snapshot.subscriptions[number]?.subscription.definition.url.text,
                    matches: matches,
                    reason: reason,
                    delivery: delivery,
                    hold: try delivery.flatMap { delivery in
                        try hold(of: delivery, to: snapshot.subscriptions[number], in: transaction)
                    }?.sentence
                )
            }
            return Explanation(
                event: event,
                subscriptions: explanations.sorted { $0.subscriptionID < $1.subscriptionID }
            )
        }
    }

    private static func match(
        _ event: DispatchedEvent,
        _ receiver: Receiver?,
        _ payload: JSON?
    ) -> (matches: Bool, reason: String) {
        if let refusal = event.refusal { return (false, "the event is delivered to nobody: \(refusal)") }
        guard let receiver else { return (false, "the subscription was deleted") }
        let definition = receiver.subscription.definition
        let facts = DomainEventFacts(type: event.event.type, tenant: event.event.tenant, channels: event.event.channels)
        switch receiver.match(facts, payload: { payload }) {
        case .matches: return (true, "the event matches the subscription")
        case .otherTenant:
            let wanted = definition.tenant.map { "of the tenant '\($0)'" } ?? "of no tenant"
            return (false, "the subscription wants events \(wanted)")
        case .otherType:
            return (
                false,
                "the type '\(event.event.type)' is none that the subscription names: \(definition.eventTypes.json.text)"
            )
        case .otherChannel:
            return (
                false,
                "the event has none of the channels that the subscription wants: \(definition.channels.json.text)"
            )
        case .filtered(let refusal): return (false, "the filter refused it: \(refusal)")
        case .unreadablePayload: return (false, "the filter cannot read the payload")
        }
    }

    /// What keeps a delivery from being attempted now, or that an attempt is under way; nil where neither is so.
    private func hold(
        of delivery: Delivery,
        to receiver: Receiver?,
        in transaction: any Transaction
    ) throws -> Hold? {
        switch delivery.status {
        case .sending: return sending(delivery.key)
        case .pending:
            guard receiver != nil else { return nil }
            return try hold(of: subscriptionStore.get(delivery.subscriptionID, in: transaction), in: transaction)
        case .success, .failed: return nil
        }
    }

    /// An attempt that is under way in this process; it may have ended just now, and then has no beginning any more.
    private func sending(_ key: DeliveryKey) -> Hold {
        let beginning = engine.inFlightSince(key).map { " since \($0)" } ?? ""
        return Hold(sentence: "sending\(beginning) by the node '\(configuration.node)'")
    }

    /// What keeps a subscription's deliveries from being attempted now; nil where nothing does.
    func hold(of stored: StoredSubscription, in transaction: any Transaction) throws -> Hold? {
        if stored.state == .disabled {
            let reason = stored.disabledReason?.rawValue ?? "requested"
            return Hold(
                sentence: "the subscription is disabled (\(reason)) since \(stored.disabledAt?.description ?? "?")"
            )
        }
        let bucket = LeaseStore.bucket(of: stored.number)
        guard let report = engine.report(of: stored.number) else {
            guard let node = try leases.holder(of: bucket, in: transaction) else {
                return Hold(sentence: "no node delivers for this subscription now")
            }
            return node == configuration.node
                ? nil : Hold(sentence: "the node '\(node)' delivers for this subscription and knows more")
        }
        return Hold(report)
    }
}

extension Hold {
    /// What a lane's report says, nil where it may start more.
    init?(_ report: LaneReport) {
        guard let sentence = report.holdSentence else { return nil }
        self.init(sentence: sentence)
    }
}
