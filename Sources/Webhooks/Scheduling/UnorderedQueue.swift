import DequeModule

/// The deliveries of a lane without order: new ones and those from the store, served alternately, so that new ones do not
/// wait behind a backlog.
struct UnorderedQueue: Sendable {
    private(set) var fresh = Deque<Int>()
    private(set) var stored = Deque<Int>()
    private var isStoredNext = false

    var count: Int { fresh.count + stored.count }

    mutating func append(_ slot: Int, from source: DeliverySource) {
        switch source {
        case .tail: fresh.append(slot)
        case .store: stored.append(slot)
        }
    }

    /// The slot that is next.
    var first: Int? { isStoredNext ? stored.first ?? fresh.first : fresh.first ?? stored.first }

    mutating func popFirst() -> Int? {
        defer { isStoredNext.toggle() }
        return isStoredNext ? stored.popFirst() ?? fresh.popFirst() : fresh.popFirst() ?? stored.popFirst()
    }

    /// For one that was taken and not attempted.
    mutating func putBack(_ slot: Int) { fresh.prepend(slot) }

    var slots: [Int] { Array(fresh) + Array(stored) }
}
