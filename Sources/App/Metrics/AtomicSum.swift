import Synchronization

/// A double to which several threads add.
final class AtomicSum: Sendable {
    private let bits = Atomic<UInt64>(0)

    func add(_ amount: Double) {
        var seen = bits.load(ordering: .relaxed)
        while true {
            let sum = (Double(bitPattern: seen) + amount).bitPattern
            let (exchanged, original) = bits.weakCompareExchange(expected: seen, desired: sum, ordering: .relaxed)
            if exchanged { return }
            seen = original
        }
    }

    func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }

    func get() -> Double { Double(bitPattern: bits.load(ordering: .relaxed)) }
}
