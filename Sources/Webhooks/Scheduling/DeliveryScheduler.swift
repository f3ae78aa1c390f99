import DequeModule
import HooklinePrimitives

/// Decides which deliveries start when. It does nothing itself: its caller reads the store, makes the exchanges, notes
/// their outcomes durably, and tells it of each.
///
///     offer -> (queued) -> start -> (in flight) -> finished -> (unsettled) -> settled -> (forgotten)
///
/// Each subscription has a lane, and ready lanes take turns, one delivery each. A lane holds a bounded window of what is
/// due; the rest stays in the store, and `refills` says when to read it. Whatever is refused or forgotten here is in the
/// store, so nothing is lost. No call costs more than its deliveries do, however many lanes there are, but for
/// `removeAll(where:)`.
///
/// `now` must not go backwards.
struct DeliveryScheduler<Payload: Sendable>: Sendable {
    let limits: SchedulerLimits
    var random: any RandomNumberGenerator & Sendable

    var table = DeliveryTable<Payload>()
    var lanes = LaneTable()

    /// Lanes that may start something, in the order of their turns.
    var ring = Deque<Int>()
    /// Slow lanes for which there was no place; stale where the lane's `place` is another one.
    var parked = Deque<Int>()
    var wakes = WakeQueue()
    var slowChecks = WakeQueue()

    /// When the store is to be read for which lane.
    var readWakes = WakeQueue()
    var refillQueue = Deque<LaneID>()
    var awaitingMemory = Deque<LaneID>()
    /// New deliveries of ordered lanes, by lane, that came while the store was read.
    var late: [Int: [DueDelivery<Payload>]] = [:]

    private(set) var openFeeds = 0
    var settledInFeeds: Set<DeliveryKey> = []

    /// Over all lanes.
    var inFlight = 0
    var slowInFlight = 0
    var unsettled = 0
    var bufferedBytes = 0

    /// `random` spreads the reopening of breakers.
    init(
        limits: SchedulerLimits = SchedulerLimits(),
        random: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
    ) {
        self.limits = limits
        self.random = random
    }

    /// The deliveries that are known: queued, in flight and unsettled ones.
    var knownCount: Int { table.count }
    var laneCount: Int { lanes.count }
    var isMemoryFull: Bool { bufferedBytes >= limits.maximumBufferedBytes }
}

// MARK: - Lanes

extension DeliveryScheduler {
    /// Creates or changes a lane.
    ///
    /// `storedDue` is for a new lane: when the store has, or may have, its first pending delivery; nil where it is known to
    /// have none. A lane that is enabled again, or whose ordering changes, reads the store anew.
    mutating func set(
        _ settings: LaneSettings,
        for subscription: Int64,
        storedDue: Timestamp? = .earliest
    ) {
        guard let index = lanes.index(of: subscription) else {
            let index = lanes.insert(subscription, settings)
            lanes[index].bucket = settings.ratePerSecond.map { TokenBucket(ratePerSecond: $0) }
            clear(index)
            if let storedDue { noteStored(index, at: storedDue) }
            return
        }
        let old = lanes[index].settings
        let wasActive = lanes[index].isActive
        lanes[index].settings = settings
        lanes[index].isRemoved = false
        if old.ratePerSecond != settings.ratePerSecond {
            lanes[index].bucket = settings.ratePerSecond.map { TokenBucket(ratePerSecond: $0) }
        }
        if old.ordering != settings.ordering || lanes[index].isActive != wasActive { clear(index) }
        if lanes[index].isActive, !wasActive || old.ordering != settings.ordering {
            noteStored(index, at: .earliest)
        }
        noteReady(index)
    }

    /// Forgets the lane and what is queued in it. What is in flight may finish and settle.
    mutating func remove(_ subscription: Int64) {
        guard let index = lanes.index(of: subscription), !lanes[index].isRemoved else { return }
        lanes[index].isRemoved = true
        clear(index)
        freeIfDone(index)
    }

    mutating func removeAll(where shouldRemove: (Int64) -> Bool) {
        for subscription in lanes.subscriptions where shouldRemove(subscription) { remove(subscription) }
    }

    /// Forgets what is queued, and begins with an empty queue of the ordering that the settings ask for. Order cannot be
    /// promised before what is under way has settled, as the new queue knows nothing of it.
    private mutating func clear(_ index: Int) {
        for slot in lanes[index].ordered?.slots ?? lanes[index].unordered.slots { forget(slot) }
        for delivery in late.removeValue(forKey: index) ?? [] { bufferedBytes -= delivery.bytes }
        lanes[index].unordered = UnorderedQueue()
        let ordering = lanes[index].settings.ordering
        lanes[index].ordered =
            ordering == .none ? nil : OrderedQueue(isStrict: ordering == .strict, limits: limits)
        lanes[index].isDraining = !lanes[index].isIdle && ordering != .none
        lanes[index].storedDue = nil
        if lanes[index].refill == .reading {
            lanes[index].isReadRefused = true
        } else {
            lanes[index].refill = .idle
        }
    }

    /// Gives a removed lane's place to others, once nothing refers to it.
    mutating func freeIfDone(_ index: Int) {
        guard lanes[index].isRemoved, lanes[index].isIdle, lanes[index].place == .outside else { return }
        lanes.remove(index)
    }
}

// MARK: - Feeds

extension DeliveryScheduler {
    /// To be called before the store is read. Until `endFeed`, deliveries that settle are remembered, so that one that the
    /// read still saw as pending is not started twice. Feeds may overlap, but must not do so for ever.
    mutating func beginFeed() { openFeeds += 1 }

    /// To be called when all that was read is offered, and after `refilled`.
    mutating func endFeed() {
        openFeeds = max(0, openFeeds - 1)
        if openFeeds == 0 { settledInFeeds.removeAll(keepingCapacity: true) }
    }
}

// MARK: - Memory

extension DeliveryScheduler {
    /// Takes a delivery out of the table, wherever it was.
    mutating func forget(_ slot: Int) {
        dropPayload(slot)
        table.remove(slot)
    }

    mutating func dropPayload(_ slot: Int) {
        guard let delivery = table[slot].delivery else { return }
        bufferedBytes -= delivery.bytes
        table[slot].delivery = nil
    }
}
