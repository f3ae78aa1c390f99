/// GrowthBook's hash, version 2: where a unit falls for a seed, in ten thousandths of the whole.
///
/// FNV-1a with 32 bits over the UTF-16 code units of `seed + unit`, then again over the result in decimal digits. Every
/// GrowthBook SDK computes the same, so a client that evaluates for itself agrees with the server.
/// Source: GrowthBook SDK specification, `hash(seed, value, 2)`.
public enum AllocationHash {
    /// How many different places there are.
    public static let bucketCount = 10_000

    /// The place of a unit, in `0..<bucketCount`; the SDKs call a ten-thousandth of it `n`.
    public static func bucket(seed: String, unit: String) -> Int {
        AllocationSeed(seed).bucket(of: unit)
    }
}

/// A seed whose part of the hash is done.
struct AllocationSeed: Sendable {
    private let state: UInt32

    init(_ seed: String) {
        state = Self.hash(seed, from: Self.offsetBasis)
    }

    func bucket(of unit: String) -> Int {
        let first = Self.hash(unit, from: state)
        return Int(Self.hash(decimal: first) % UInt32(AllocationHash.bucketCount))
    }

    static let offsetBasis: UInt32 = 0x811C_9DC5
    private static let prime: UInt32 = 0x0100_0193

    @inline(__always)
    private static func step(_ hash: UInt32, _ codeUnit: UInt16) -> UInt32 {
        (hash ^ UInt32(codeUnit)) &* prime
    }

    /// FNV-1a over the UTF-16 code units of a text, going on from a hash.
    static func hash(_ text: String, from start: UInt32) -> UInt32 {
        let ofASCII = text.utf8.withContiguousStorageIfAvailable { bytes -> UInt32? in
            var (hash, all): (UInt32, UInt8) = (start, 0)
            for byte in bytes {
                hash = step(hash, UInt16(byte))
                all |= byte
            }
            // In ASCII a byte of UTF-8 is the code unit of UTF-16.
            return all < 0x80 ? hash : nil
        }
        if let hash = ofASCII ?? nil { return hash }
        return text.utf16.reduce(start, step)
    }

    /// The hash of the number's decimal digits.
    private static func hash(decimal number: UInt32) -> UInt32 {
        // The digits from the first on, without a division each: with 57 bits behind the point, the number's hundred-millionths
        // are exact enough for every number of 32 bits. `AllocationTests` holds them against the number as it is written out.
        var rest = UInt64(number) * 1_441_151_881
        let firstTwo = UInt32(rest >> 57)
        var hash = offsetBasis
        if firstTwo >= 10 { hash = step(hash, UInt16(0x30 + firstTwo / 10)) }
        if firstTwo > 0 { hash = step(hash, UInt16(0x30 + firstTwo % 10)) }
        var isLeading = firstTwo == 0
        for digitsBehind in (0..<8).reversed() {
            rest = (rest & (1 << 57 - 1)) * 10
            let digit = UInt16(rest >> 57)
            if isLeading, digit == 0, digitsBehind > 0 { continue }
            isLeading = false
            hash = step(hash, 0x30 + digit)
        }
        return hash
    }
}
