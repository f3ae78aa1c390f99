import HooklineStatistics

/// The numbers of the golden values' generator, and doubles made of them.
struct SeededGenerator: RandomNumberGenerator {
    private var generator: SplitMix64

    init(seed: UInt64) {
        generator = SplitMix64(seed: seed)
    }

    mutating func next() -> UInt64 { generator.next() }

    mutating func unit() -> Double { generator.unit() }

    mutating func below(_ bound: Int) -> Int {
        Int(next() % UInt64(bound))
    }

    /// Any double up to 1e100: of either sign, of every exponent, zeros and subnormals among them.
    mutating func wideDouble() -> Double {
        while true {
            let x = Double(bitPattern: next())
            if x.magnitude <= 1e100 { return x }
        }
    }

    /// A value such as a price or a time: of either sign, with few bits.
    mutating func plainDouble() -> Double {
        (unit() * 20_000 - 10_000).rounded() / 100
    }
}
