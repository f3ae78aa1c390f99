extension FixedPoint {
    /// The canonical bytes: none for zero, else the index of the lowest limb that is not zero, then the limbs from
    /// there on, the least significant byte first, without the bytes that only repeat the sign.
    var encoded: [UInt8] {
        guard let first = limbs.firstIndex(where: { $0 != 0 }) else { return [] }
        let filler: UInt8 = isNegative ? 0xFF : 0
        var bytes: [UInt8] = []
        bytes.reserveCapacity(1 + 8 * (limbs.count - first))
        bytes.append(UInt8(first))
        var top = limbs.count - 1
        while top > first, limbs[top] == (isNegative ? UInt64.max : 0) { top -= 1 }
        for index in first...top {
            for byte in 0..<8 {
                bytes.append(UInt8(truncatingIfNeeded: limbs[index] >> UInt64(8 * byte)))
            }
        }
        // The limb above may have been dropped although the sign bit of the last one differs.
        if bytes[bytes.count - 1] >> 7 != filler >> 7 { bytes.append(filler) }
        while bytes.count > 2, bytes[bytes.count - 1] == filler, bytes[bytes.count - 2] >> 7 == filler >> 7 {
            bytes.removeLast()
        }
        return bytes
    }

    /// Reads what `encoded` wrote; nil for anything else.
    /// - Parameter unusedBits: how many of the lowest bits no term can reach; they must be zero.
    init?(encoded bytes: [UInt8], limbCount: Int, unusedBits: Int) {
        self.init(limbCount: limbCount)
        if bytes.isEmpty { return }
        let first = Int(bytes[0])
        let count = bytes.count - 1
        guard first < limbCount, count >= 1, count <= 8 * (limbCount - first) else { return nil }
        let last = bytes[count]
        let filler: UInt8 = last >> 7 == 1 ? 0xFF : 0
        // A byte that only repeats the sign of the one before it would be a second way to write the same number.
        if count > 1, last == filler, bytes[count - 1] >> 7 == filler >> 7 { return nil }
        var limbs = [UInt64](repeating: 0, count: limbCount)
        for index in first..<limbCount {
            let start = 1 + 8 * (index - first)
            // Above the last byte the sign goes on.
            var limb: UInt64 = filler == 0 ? 0 : .max
            for position in stride(from: min(start + 8, bytes.count) - 1, through: start, by: -1) {
                limb = limb << 8 | UInt64(bytes[position])
            }
            limbs[index] = limb
        }
        guard limbs[first] != 0 else { return nil }
        guard limbs[0] & ((1 << UInt64(unusedBits)) - 1) == 0 else { return nil }
        self.init(limbs: limbs)
    }
}
