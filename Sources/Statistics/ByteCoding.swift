/// Writes the parts of an encoded value: whole numbers as LEB128, byte strings after their length.
package struct ByteWriter {
    package private(set) var bytes: [UInt8]

    package init(tag: UInt8) {
        bytes = [tag]
    }

    package mutating func write(_ number: Int64) {
        precondition(number >= 0, "a negative number")
        var rest = UInt64(number)
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    package mutating func write(_ number: Int) { write(Int64(number)) }

    mutating func write(_ number: UInt128) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    package mutating func write(_ string: [UInt8]) {
        write(string.count)
        bytes.append(contentsOf: string)
    }
}

/// Reads what `ByteWriter` wrote, and nothing else: nil for a longer form of a number, for a wrong tag, and past the end.
package struct ByteReader {
    private let bytes: [UInt8]
    private var position = 1

    package init?(_ bytes: [UInt8], tag: UInt8) {
        guard bytes.first == tag else { return nil }
        self.bytes = bytes
    }

    package var isAtEnd: Bool { position == bytes.count }

    mutating func readNumber() -> UInt128? {
        if let small = readByteSized() { return UInt128(small) }
        var number: UInt128 = 0
        var shift: UInt128 = 0
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            let group = UInt128(byte & 0x7F)
            guard shift < 128, (group << shift) >> shift == group else { return nil }
            number |= group << shift
            if byte < 0x80 { return byte == 0 && shift > 0 ? nil : number }
            shift += 7
        }
        return nil
    }

    /// A number from 0 to `Int64.max`.
    package mutating func readCount() -> Int64? {
        if let small = readByteSized() { return Int64(small) }
        return readNumber().flatMap { Int64(exactly: $0) }
    }

    /// Most numbers take one byte, and those that do need no wide arithmetic; nil where this one takes more.
    private mutating func readByteSized() -> UInt8? {
        guard position < bytes.count, bytes[position] < 0x80 else { return nil }
        defer { position += 1 }
        return bytes[position]
    }

    package mutating func readBytes() -> [UInt8]? {
        guard let count = readCount(), count <= bytes.count - position else { return nil }
        defer { position += Int(count) }
        return Array(bytes[position..<position + Int(count)])
    }
}
