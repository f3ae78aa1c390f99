import HooklinePrimitives

/// Features by their names. They never change, so they are found by a hash that is quicker than that of a `Dictionary`, which must
/// keep those who choose what is added from making it slow.
struct FeatureTable: Sendable {
    private struct Slot {
        var hash: UInt32 = 0
        /// Of the feature; -1 in an empty slot.
        var position = -1
    }

    private let names: [TextKey]
    let features: [Feature]
    /// At least twice as many as features, and a power of two. A feature is in the first free slot from the one of its hash.
    private let slots: [Slot]

    init(_ features: [Identifier: Feature]) {
        names = features.keys.map { TextKey($0.text) }
        self.features = Array(features.values)
        var count = 2
        while count < 2 * features.count { count *= 2 }
        var slots = Array(repeating: Slot(), count: count)
        for (position, name) in names.enumerated() {
            let hash = Self.hash(name.text)
            var place = Int(hash) & (count - 1)
            while slots[place].position >= 0 { place = (place + 1) & (count - 1) }
            slots[place] = Slot(hash: hash, position: position)
        }
        self.slots = slots
    }

    private static func hash(_ name: String) -> UInt32 {
        AllocationSeed.hash(name, from: AllocationSeed.offsetBasis)
    }

    /// What becomes of a feature; nil where there is none of the name.
    @inline(__always)
    func withFeature<Result>(_ name: Identifier, _ body: (Feature) -> Result) -> Result? {
        guard let position = position(of: name) else { return nil }
        return features.lend(position, body)
    }

    private func position(of name: Identifier) -> Int? {
        let hash = Self.hash(name.text)
        return slots.withUnsafeBufferPointer { slots in
            var place = Int(hash) & (slots.count - 1)
            while slots[place].position >= 0 {
                if slots[place].hash == hash, names[slots[place].position].text.hasSameBytes(as: name.text) {
                    return slots[place].position
                }
                place = (place + 1) & (slots.count - 1)
            }
            return nil
        }
    }
}
