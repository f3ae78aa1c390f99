import HooklinePrimitives

/// Features by their names. They never change, so they are found by a hash that is quicker than that of a `Dictionary`, which must
/// bear with whatever is added to it.
struct FeatureTable: Sendable {
    private struct Slot {
        var hash: UInt32 = 0
        /// Of the feature; -1 where the slot is free.
        var position = Int32(-1)
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
            slots[index] = Slot(hash: hash, position: Int32(position))
        }
        self.slots = slots
    }

    /// Of eight bytes at a time, each multiplied by an odd number without a pattern (Knuth's), whose upper bits depend on all bytes.
    private static func hash(_ name: Identifier) -> UInt32 {
        var name = name.text
        let hash = name.withUTF8 { text in
            let bytes = UnsafeRawBufferPointer(text)
            var (hash, offset) = (UInt64(bytes.count), 0)
            while offset + 8 <= bytes.count {
                hash = (hash ^ bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) &* multiplier
                hash ^= hash >> 32
                offset += 8
            }
            let rest = bytes[offset...].reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
            return (hash ^ rest) &* multiplier
        }
        return UInt32(hash >> 32)
    }

    private static let multiplier: UInt64 = 0x9E37_79B9_7F4A_7C15

    /// Where a feature is; nil where there is none of the name.
    func position(of name: Identifier) -> Int? {
        let hash = Self.hash(name)
        var index = Int(hash) & (slots.count - 1)
        while case let slot = slots[index], slot.position >= 0 {
            if slot.hash == hash, names[Int(slot.position)] == name { return Int(slot.position) }
            index = (index + 1) & (slots.count - 1)
        }
        return nil
    }
}
