import HeapModule
import HooklinePrimitives

/// Moments at which lanes are to be looked at again, the earliest first.
///
/// Entries are never taken out early: whoever pops one asks the lane whether it still waits for that moment.
struct WakeQueue: Sendable {
    struct Wake: Sendable, Comparable {
        let at: Timestamp
        let lane: LaneID

        static func < (left: Wake, right: Wake) -> Bool {
            left.at == right.at ? left.lane.index < right.lane.index : left.at < right.at
        }
    }

    private var heap = Heap<Wake>()

    var count: Int { heap.count }
    var first: Wake? { heap.min }

    mutating func insert(_ lane: LaneID, at: Timestamp) { heap.insert(Wake(at: at, lane: lane)) }

    mutating func popFirst() -> Wake? { heap.popMin() }

    mutating func popFirst(dueAt now: Timestamp) -> Wake? {
        guard let first = heap.min, first.at <= now else { return nil }
        return heap.popMin()
    }

    /// Drops entries that lanes no longer wait for, once there are many more entries than lanes.
    mutating func compact(laneCount: Int, isValid: (Wake) -> Bool) {
        guard heap.count > 4 * laneCount + Self.uncompactedCount else { return }
        heap = Heap(heap.unordered.filter(isValid))
    }

    private static let uncompactedCount = 1024
}

/// A place in the list of lanes, and which of its occupants is meant.
struct LaneID: Sendable, Equatable {
    let index: Int
    let generation: Int
}
