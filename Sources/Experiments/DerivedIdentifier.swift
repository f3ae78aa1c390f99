import Crypto
import HooklinePrimitives

/// Identifiers that are made from others, the same each time, so that doing something twice is seen as once.
enum DerivedIdentifier {
    /// The kind, and 128 bits of the SHA-256 of the parts in hexadecimal digits.
    static func make(_ kind: String, _ parts: String...) -> Identifier {
        var hash = SHA256()
        for part in parts {
            // Lengths in front, so that no two lists of parts run together alike.
            withUnsafeBytes(of: UInt64(part.utf8.count).littleEndian) { hash.update(bufferPointer: $0) }
            hash.update(data: Array(part.utf8))
        }
        return Identifier(unchecked: "hookline.\(kind):" + hash.finalize().prefix(16).hexadecimalDigits)
    }
}
