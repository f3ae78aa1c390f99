/// Why sealed bytes do not open.
public enum EncryptionError: Error, Hashable {
    /// They were sealed with a key that the ring does not have: its line was taken away too early, or it is another file.
    case unknownKey(id: String)
    /// A later version of Hookline has sealed them.
    case unknownVersion(UInt8)
    /// The bytes were changed, belong to something else than the associated data name, or were sealed by another key of
    /// the same id.
    case damaged
}

extension EncryptionError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unknownKey(let id): "the encryption key '\(id)' is not in the key file; put its line back"
        case .unknownVersion(let version): "sealed in the version \(version) of the format; accepted is 1"
        case .damaged: "the sealed bytes are damaged, or belong to something else"
        }
    }
}

/// Where a key file is wrong, and why. It never contains a part of a key.
public struct EncryptionKeyFileError: Error, Equatable {
    /// Counted from 1; the last line where the whole file is meant.
    public let line: Int
    public let problem: Problem

    public enum Problem: Equatable, Sendable {
        case noKey
        case tooManyKeys
        case wordCount(Int)
        case invalidID
        case repeatedID(String)
        case invalidBase64
        case keyLength(bytes: Int)
    }
}

extension EncryptionKeyFileError: CustomStringConvertible {
    public var description: String { "line \(line) of the key file: \(problem)" }
}

extension EncryptionKeyFileError.Problem: CustomStringConvertible {
    public var description: String {
        switch self {
        case .noKey: "there is no key; accepted is an id and the base64 of 32 bytes on each line"
        case .tooManyKeys: "more keys than the \(EncryptionKeyRing.maximumKeys) that are accepted"
        case .wordCount(let count):
            "has \(count == 1 ? "one word" : "\(count) words"); accepted are two, an id and the base64 of 32 bytes"
        case .invalidID:
            "the id is not accepted; accepted are 1 to \(EncryptionKeyRing.maximumKeyIDBytes) letters, digits, '.', "
                + "'_' and '-' of ASCII"
        case .repeatedID(let id): "the id '\(id)' occurs twice"
        case .invalidBase64: "the key is not base64; accepted is the standard alphabet with padding"
        case .keyLength(let bytes): "the key has \(bytes) bytes; accepted are \(EncryptionKeyRing.keyBytes)"
        }
    }
}
