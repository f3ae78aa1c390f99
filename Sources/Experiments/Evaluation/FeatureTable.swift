import HooklinePrimitives

/// Features by their names. They never change, so they are found by a hash that is quicker than that of a `Dictionary`, which must
/// bear with whatever is added to it.
struct FeatureTable: Sendable {
    private struct Slot {
        var hash: UInt32 = 0
        /// Of the feature; -1 where the slot is free.
        var position = -1
    }

    let all: [Feature]
    private let names: [Identifier]
    /// Each feature is in the first slot that was free from the one of its hash on. At least half of them are free, and their number
    /// is a power of two.
    private let slots: [Slot]

    init(_ features: [Identifier: Feature]) {
        all = Array(features.values)
        names = Array(features.keys)
        var slots = Array(repeating: Slot(), count: 2)
        while slots.count < 2 * all.count { slots += slots }
        for (position, name) in names.enumerated() {
            let hash = Self.hash(name)
            var index = Int(hash) & (slots.count - 1)
            while slots[index].position >= 0 { index = (index + 1) & (slots.count - 1) }
            slots[index] = Slot(hash: hash, position: position)
        }
        self.slots = slots
    }

    private static func hash(_ name: Identifier) -> UInt32 {
        AllocationSeed.hash(name.text, from: AllocationSeed.offsetBasis)
    }

    /// Where a feature is; nil where there is none of the name.
    func position(of name: Identifier) -> Int? {
        let hash = Self.hash(name)
        var index = Int(hash) & (slots.count - 1)
        while case let slot = slots[index], slot.position >= 0 {
            if slot.hash == hash, names[slot.position] == name { return slot.position }
            index = (index + 1) & (slots.count - 1)
        }
        return nil
    }
}
