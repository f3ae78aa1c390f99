import HooklinePrimitives

/// All deliveries that the scheduler knows, each at a slot that stays the same while it is known.
struct DeliveryTable<Payload: Sendable>: Sendable {
    enum State: Sendable {
        case queued, inFlight
        /// It ended, and its outcome is not durable yet.
        case unsettled
    }

    struct Record: Sendable {
        var key: DeliveryKey
        /// Nil once it is not needed any more, to free its memory.
        var delivery: DueDelivery<Payload>?
        var lane: Int
        var state: State
        /// Of an ordered lane: the index of its key's queue.
        var keyIndex: Int
        var startedAt: Timestamp
        var isProbe: Bool
        /// Whether the attempt is to be counted where the delivery is retried from memory.
        var wasAttempted: Bool
    }

    private var records: ContiguousArray<Record> = []
    private var freeSlots: [Int] = []
    private var slots: [DeliveryKey: Int] = [:]

    var count: Int { slots.count }

    func slot(of key: DeliveryKey) -> Int? { slots[key] }

    subscript(slot: Int) -> Record {
        _read { yield records[slot] }
        _modify { yield &records[slot] }
    }

    /// Adds a delivery that is not known; `keyIndex` is -1 in an unordered lane.
    mutating func insert(_ delivery: DueDelivery<Payload>, lane: Int) -> Int {
        let record = Record(
            key: delivery.key,
            delivery: delivery,
            lane: lane,
            state: .queued,
            keyIndex: -1,
            startedAt: .earliest,
            isProbe: false,
            wasAttempted: false
        )
        let slot: Int
        if let free = freeSlots.popLast() {
            slot = free
            records[slot] = record
        } else {
            slot = records.count
            records.append(record)
        }
        slots[delivery.key] = slot
        return slot
    }

    mutating func remove(_ slot: Int) {
        slots[records[slot].key] = nil
        records[slot].delivery = nil
        // A free slot is in no lane, so that nobody takes it for one in flight.
        records[slot].lane = -1
        records[slot].state = .queued
        freeSlots.append(slot)
    }
}

extension Timestamp {
    /// Before any moment that a scheduler is given.
    static let earliest = Timestamp(milliseconds: 0)
}
