import HooklineEvents
import HooklinePrimitives
import HooklineWebhooks
import Hummingbird

/// The attempts of many deliveries as one list: the newest event first, and of one delivery the newest attempt first.
struct SvixAttempts {
    let webhooks: Webhooks
    let search: DeliverySearch
    let filter: SvixAttemptFilter

    struct Item: Sendable {
        let attempt: DeliveryAttempt
        let delivery: Delivery
    }

    /// The attempts of a delivery that are read at a time.
    private static let attemptsPerRead = 100

    /// One page. It looks at no more deliveries than it may have items, so it may hold fewer of these and have a next.
    func page(_ request: PageRequest) async throws -> Page<Item> {
        var items: [Item] = []
        guard filter.status?.isOfAttempts != false else { return Page(items: [], next: nil) }
        if case .attempt(let key, let number)? = try SvixAttemptCursor.read(request) {
            let delivery = try await webhooks.delivery(key.deliveryID)
            if let next = try await add(delivery, below: number, to: &items, limit: request.limit) {
                return Page(items: items, next: next.id.text)
            }
        }
        let deliveries: Page<Delivery>
        do {
            deliveries = try await webhooks.deliveries(search, try SvixAttemptCursor.deliveries(request))
        } catch WebhookError.unknownEvent {
            // It waits for the dispatcher, and has no deliveries yet.
            return Page(items: items, next: nil)
        }
        for (index, delivery) in deliveries.items.enumerated() where try await isWanted(delivery) {
            guard let last = try await add(delivery, below: nil, to: &items, limit: request.limit) else { continue }
            let isEnd = last.number == 1 && index == deliveries.items.count - 1 && deliveries.next == nil
            return Page(items: items, next: isEnd ? nil : last.id.text)
        }
        return Page(items: items, next: deliveries.next)
    }

    /// Adds the attempts of a delivery. Answers the last one where the page became full by it.
    private func add(
        _ delivery: Delivery,
        below number: Int?,
        to items: inout [Item],
        limit: Int
    ) async throws -> DeliveryAttempt? {
        var after = number.map { String($0) }
        repeat {
            let page = try await webhooks.attempts(
                of: delivery.id,
                PageRequest(after: after, limit: Self.attemptsPerRead)
            )
            for attempt in page.items where filter.accepts(attempt) {
                items.append(Item(attempt: attempt, delivery: delivery))
                if items.count == limit { return attempt }
            }
            after = page.next
        } while after != nil
        return nil
    }

    private func isWanted(_ delivery: Delivery) async throws -> Bool {
        guard delivery.attempts > 0, filter.types.isEmpty || filter.types.contains(delivery.eventType) else {
            return false
        }
        guard let channel = filter.channel else { return true }
        return try await webhooks.acceptedEvent(delivery.eventID).event.channels.contains(channel)
    }
}

/// Where a page of attempts or of deliveries ended.
enum SvixAttemptCursor: Equatable {
    /// `att_POSITION_SUBSCRIPTION_NUMBER`: below this attempt of a delivery, then the deliveries below that.
    case attempt(DeliveryKey, number: Int)
    /// `dlv_POSITION_SUBSCRIPTION`: below this delivery.
    case delivery(DeliveryKey)

    init?(_ text: String) {
        if let key = DeliveryKey(deliveryID: Identifier(unchecked: text)) {
            self = .delivery(key)
            return
        }
        guard text.hasPrefix("att_"), let end = text.lastIndex(of: "_"),
            let number = Int(text[text.index(after: end)...]), (1..<Int.max).contains(number),
            let key = DeliveryKey(deliveryID: Identifier(unchecked: "dlv_" + text[..<end].dropFirst(4)))
        else { return nil }
        self = .attempt(key, number: number)
    }

    /// The delivery below which the next are.
    private var key: DeliveryKey {
        switch self {
        case .attempt(let key, _), .delivery(let key): key
        }
    }

    /// - Throws: `RequestError.invalid` where the iterator is none that a page gave out.
    static func read(_ request: PageRequest) throws(RequestError) -> SvixAttemptCursor? {
        guard let text = request.after else { return nil }
        guard let cursor = SvixAttemptCursor(text) else {
            throw .invalid(field: "iterator", problem: "is not known", accepted: "the 'iterator' of a page")
        }
        return cursor
    }

    /// The page of deliveries that a page of attempts is made of.
    static func deliveries(_ request: PageRequest) throws(RequestError) -> PageRequest {
        PageRequest(after: try read(request)?.key.deliveryID.text, limit: request.limit)
    }
}
