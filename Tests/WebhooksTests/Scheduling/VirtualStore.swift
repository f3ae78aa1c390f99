import HooklinePrimitives

@testable import HooklineWebhooks

/// What the database has: every delivery, and which are pending. It is the truth that a scheduler is checked against.
struct VirtualStore {
    struct Row {
        let key: DeliveryKey
        let name: Identifier?
        let createdAt: Timestamp
        var dueAt: Timestamp
        var attempts = 0
        var isPending = true

        var due: DueDelivery<Int> {
            DueDelivery(key: key, orderingKey: name, dueAt: dueAt, attempts: attempts, bytes: 1000, payload: 0)
        }
    }

    private struct Chain {
        var positions: [Int64] = []
        var first = 0
    }

    private struct ChainKey: Hashable {
        let subscription: Int64
        let name: Identifier?
    }

    private(set) var lastPosition: Int64 = 0
    private(set) var pendingCount = 0
    private var rows: [Int64: [Row]] = [:]
    /// The index of the first pending row of each subscription.
    private var firstPending: [Int64: Int] = [:]
    private var indices: [DeliveryKey: Int] = [:]
    private var tail: [DeliveryKey] = []
    private var chains: [ChainKey: Chain] = [:]
    let orderings: [Int64: DeliveryOrdering]

    init(orderings: [Int64: DeliveryOrdering]) {
        self.orderings = orderings
    }

    subscript(key: DeliveryKey) -> Row? {
        indices[key].flatMap { rows[key.subscription]?[$0] }
    }

    mutating func add(_ subscription: Int64, name: Identifier? = nil, at now: Timestamp) {
        lastPosition += 1
        let key = DeliveryKey(position: lastPosition, subscription: subscription)
        indices[key] = rows[subscription, default: []].count
        rows[subscription, default: []].append(Row(key: key, name: name, createdAt: now, dueAt: now))
        tail.append(key)
        pendingCount += 1
        if let chain = chainKey(of: key, name) { chains[chain, default: Chain()].positions.append(key.position) }
    }

    mutating func note(_ key: DeliveryKey, retryAt: Timestamp?) {
        guard let index = indices[key], rows[key.subscription]?[index].isPending == true else { return }
        rows[key.subscription]?[index].attempts += 1
        if let retryAt {
            rows[key.subscription]?[index].dueAt = retryAt
        } else {
            rows[key.subscription]?[index].isPending = false
            pendingCount -= 1
        }
    }

    /// Pending rows as a refill wants them, whether these are all, and when the next one is due.
    mutating func read(_ refill: Refill, at now: Timestamp) -> (rows: [Row], isComplete: Bool, nextDue: Timestamp?) {
        let all = rows[refill.subscription] ?? []
        var first = firstPending[refill.subscription, default: 0]
        while first < all.count, !all[first].isPending { first += 1 }
        firstPending[refill.subscription] = first
        let excluded = Set(refill.excludedKeys)
        var found: [Row] = []
        var nextDue: Timestamp?
        for row in all[first...] where row.isPending && row.name.map({ !excluded.contains($0) }) ?? true {
            if refill.isOrdered || row.dueAt <= now {
                found.append(row)
                if found.count == refill.limit { return (found, false, nil) }
            } else {
                nextDue = min(nextDue ?? row.dueAt, row.dueAt)
            }
        }
        return (found, true, nextDue)
    }

    /// The rows after a position in the order of the outbox.
    func tail(after position: Int64) -> [Row] {
        tail[Int(position)...].compactMap { self[$0] }.filter(\.isPending)
    }

    private func chainKey(of key: DeliveryKey, _ name: Identifier?) -> ChainKey? {
        switch orderings[key.subscription] ?? .none {
        case .none: nil
        case .strict: ChainKey(subscription: key.subscription, name: nil)
        case .byKey: name.map { ChainKey(subscription: key.subscription, name: $0) }
        }
    }

    /// Whether an earlier delivery of the same key is pending.
    mutating func isBehindAnother(_ key: DeliveryKey) -> Bool {
        guard let row = self[key], let name = chainKey(of: key, row.name), var chain = chains[name] else {
            return false
        }
        while chain.first < chain.positions.count,
            self[DeliveryKey(position: chain.positions[chain.first], subscription: key.subscription)]?.isPending
                == false
        {
            chain.first += 1
        }
        chains[name] = chain
        return chain.positions[chain.first] != key.position
    }
}
