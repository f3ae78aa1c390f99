import DequeModule
import HooklinePrimitives

/// What the scheduler knows of one subscription.
struct Lane: Sendable {
    /// Where the lane stands in the round.
    enum Place: Sendable {
        /// It cannot start anything until something happens to it.
        case outside
        case ring
        /// It could start, but all places for slow lanes are taken.
        case parked
    }

    /// Whether the store is to be read for the lane.
    enum RefillState: Sendable {
        case idle
        /// At `storedDue`.
        case armed
        /// It is due, and waits until there is room in the lane.
        case awaitingRoom
        /// It is due, and waits until there is room in the memory of all lanes.
        case awaitingMemory
        case queued
        case reading
    }

    struct Start: Sendable {
        let slot: Int
        let startedAt: Timestamp
    }

    let subscription: Int64
    let generation: Int
    var settings: LaneSettings
    var isRemoved = false
    /// Order is kept anew once everything that was started before has settled.
    var isDraining = false

    var unordered = UnorderedQueue()
    /// Nil where the lane keeps no order.
    var ordered: OrderedQueue?
    var inFlight = 0
    var unsettled = 0

    var place = Place.outside
    /// The moment at which the lane wants to be woken for a start.
    var wakesAt: Timestamp?
    var breaker = CircuitBreaker()
    var ramp = ConcurrencyRamp()
    var bucket: TokenBucket?

    var lastSuccessAt: Timestamp?
    /// The exchanges in the order of their starts; those that ended are taken out later.
    var starts = Deque<Start>()
    /// No success lately, or an exchange takes long.
    var isSlow = true
    var isSlowCheckArmed = false

    var refill = RefillState.idle
    /// When the store has, or may have, something due that is not in memory; nil where it has nothing, or where all that
    /// it may have will be seen by the read under way.
    var storedDue: Timestamp?
    var readAt = Timestamp.earliest
    /// What the read under way still brings must not be taken, because something before was refused, or because the lane
    /// was emptied.
    var isReadRefused = false

    init(subscription: Int64, generation: Int, settings: LaneSettings) {
        self.subscription = subscription
        self.generation = generation
        self.settings = settings
    }

    var isActive: Bool { settings.isEnabled && !isRemoved }
    var isIdle: Bool { inFlight == 0 && unsettled == 0 }
    var queued: Int { ordered?.count ?? unordered.count }
    var allowedConcurrency: Int { min(ramp.allowed, settings.concurrency) }

    /// Whether what is in memory is so little that more is to be read.
    func hasRoomToRefill(_ limits: SchedulerLimits) -> Bool {
        guard isActive, !isDraining else { return false }
        guard let ordered else { return unordered.stored.count <= limits.maximumStoredPerLane / 2 }
        guard !ordered.isJammed else { return false }
        return ordered.count <= limits.maximumOrderedPerLane / 2
            || ordered.count < limits.maximumOrderedPerLane && ordered.hasNothingReady
    }

    /// The most rows that a read is to bring: all that are known could come first.
    func refillLimit(_ limits: SchedulerLimits) -> Int {
        let room =
            ordered.map { limits.maximumOrderedPerLane - $0.count }
            ?? limits.maximumStoredPerLane - unordered.stored.count
        return queued + inFlight + unsettled + room
    }
}

/// The lanes, each at an index that stays the same while it exists.
struct LaneTable: Sendable {
    private var lanes: ContiguousArray<Lane> = []
    private var freeIndices: [Int] = []
    private var indices: [Int64: Int] = [:]

    var count: Int { indices.count }
    var subscriptions: [Int64] { Array(indices.keys) }

    func index(of subscription: Int64) -> Int? { indices[subscription] }

    subscript(index: Int) -> Lane {
        _read { yield lanes[index] }
        _modify { yield &lanes[index] }
    }

    func id(_ index: Int) -> LaneID { LaneID(index: index, generation: lanes[index].generation) }

    /// Whether the lane that is meant still is at its index.
    func has(_ id: LaneID) -> Bool { lanes[id.index].generation == id.generation && !lanes[id.index].isRemoved }

    mutating func insert(_ subscription: Int64, _ settings: LaneSettings) -> Int {
        let index: Int
        if let free = freeIndices.popLast() {
            index = free
            lanes[index] = Lane(
                subscription: subscription,
                generation: lanes[index].generation + 1,
                settings: settings
            )
        } else {
            index = lanes.count
            lanes.append(Lane(subscription: subscription, generation: 0, settings: settings))
        }
        indices[subscription] = index
        return index
    }

    mutating func remove(_ index: Int) {
        indices[lanes[index].subscription] = nil
        freeIndices.append(index)
    }
}
