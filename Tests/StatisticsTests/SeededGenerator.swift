/// SplitMix64 (Steele, Lea and Flood, 2014): the same numbers as the generator of the golden values.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }

    /// In `0..<1`.
    mutating func unit() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

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
