/// A text that others are compared with. Its length and its first bytes are at hand in one word, in which most texts differ
/// already: so one is found among others without looking into them.
///
/// Keys are the same when their UTF-8 bytes are.
public struct TextKey: Sendable {
    public let text: String
    @usableFromInline let head: UInt64

    @inlinable
    public init(_ text: String) {
        self.text = text
        head =
            text.utf8.withContiguousStorageIfAvailable { Self.head(of: $0) }
            ?? Array(text.utf8).withUnsafeBufferPointer { Self.head(of: $0) }
    }

    /// The length, then as many bytes as have room beside it. Of texts that are shorter no two have the same.
    @inlinable
    static func head(of text: UnsafeBufferPointer<UInt8>) -> UInt64 {
        let length = UInt64(min(text.count, 0xFF))
        guard text.count <= bytesInHead else {
            let bytes = UInt64(bigEndian: UnsafeRawBufferPointer(text).loadUnaligned(as: UInt64.self))
            return length << 56 | bytes >> 8
        }
        return text.reduce(length) { head, byte in head << 8 | UInt64(byte) }
    }

    @usableFromInline static let bytesInHead = 7

    /// Whether there is nothing more of the text than its head.
    @inlinable var isShort: Bool { head >> 56 <= UInt64(Self.bytesInHead) }
}

extension TextKey: Equatable {
    @inlinable
    public static func == (left: TextKey, right: TextKey) -> Bool {
        left.head == right.head && (left.isShort || left.text.hasSameBytes(as: right.text))
    }
}
