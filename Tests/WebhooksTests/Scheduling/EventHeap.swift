import HooklinePrimitives

/// Events of a simulation, the earliest first, and in the order of their insertion where times are equal.
struct EventHeap<Event> {
    private var entries: [(at: Int64, number: Int, event: Event)] = []
    private var inserted = 0

    var isEmpty: Bool { entries.isEmpty }
    var firstAt: Timestamp? { entries.first.map { Timestamp(milliseconds: $0.at) } }

    private func precedes(_ left: Int, _ right: Int) -> Bool {
        (entries[left].at, entries[left].number) < (entries[right].at, entries[right].number)
    }

    mutating func insert(_ event: Event, at moment: Timestamp) {
        entries.append((moment.milliseconds, inserted, event))
        inserted += 1
        var child = entries.count - 1
        while child > 0, precedes(child, (child - 1) / 2) {
            entries.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func popFirst() -> (at: Timestamp, event: Event)? {
        guard let first = entries.first else { return nil }
        entries.swapAt(0, entries.count - 1)
        entries.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < entries.count && precedes(child, least) {
                least = child
            }
            guard least != parent else { break }
            entries.swapAt(parent, least)
            parent = least
        }
        return (Timestamp(milliseconds: first.at), first.event)
    }
}

/// SplitMix64, so that a failing run can be run again.
struct SimulationRandom: RandomNumberGenerator, Sendable {
    var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
