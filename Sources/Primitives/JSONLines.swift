/// The lines of newline-delimited JSON that are not blank, as byte ranges for `JSONScanner(_:in:)`.
///
/// JSON cannot contain a raw newline inside of a string, so that a broken line never spoils the next one. The bytes
/// must outlive the sequence.
public struct JSONLines: Sequence, IteratorProtocol {
    private let bytes: UnsafeRawBufferPointer
    private var offset = 0

    public init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    /// The next line without its end, `\n` or `\r\n`.
    public mutating func next() -> Range<Int>? {
        while offset < bytes.count {
            let start = offset
            var isBlank = true
            while offset < bytes.count, bytes[offset] != UInt8(ascii: "\n") {
                if bytes[offset] > 0x20 { isBlank = false }
                offset += 1
            }
            var end = offset
            if offset < bytes.count { offset += 1 }
            if isBlank { continue }
            if bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
            return start..<end
        }
        return nil
    }
}
