import Foundation
public import HooklinePrimitives
import Crypto
import CryptoExtras

/// Payloads that GrowthBook encrypts for its SDKs: AES in CBC mode, as `IV.TEXT` in Base64.
public enum EncryptedPayload {
    /// The text; nil where the key is another, or anything is broken.
    /// - Parameters:
    ///   - encrypted: The vector and the encrypted text.
    ///   - key: 16, 24 or 32 bytes in Base64.
    public static func decrypt(_ encrypted: String, key: String) -> String? {
        let parts = encrypted.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let vector = Data(base64Encoded: String(parts[0])), vector.count == 16,
            let text = Data(base64Encoded: String(parts[1])),
            let keyBytes = Data(base64Encoded: key), [16, 24, 32].contains(keyBytes.count),
            let initial = try? AES._CBC.IV(ivBytes: vector),
            let decrypted = try? AES._CBC.decrypt(text, using: SymmetricKey(data: keyBytes), iv: initial)
        else { return nil }
        return String(decoding: decrypted, as: UTF8.self)
    }
}

/// What features are encrypted with, so that a page's visitors do not read them. SDKs are given it as their decryption key, so it
/// keeps nothing from whoever has the program.
public struct FeatureEncryptionKey: Sendable, Equatable {
    private let bytes: [UInt8]

    /// - Parameter text: 16, 24 or 32 bytes in Base64; nil for anything else.
    public init?(base64 text: String) {
        guard let bytes = Data(base64Encoded: text), [16, 24, 32].contains(bytes.count) else { return nil }
        self.bytes = Array(bytes)
    }

    /// The text of a value, encrypted as `EncryptedPayload` takes it. The same value gives the same text, so that all nodes send the
    /// same bytes: the vector is a keyed hash of the text.
    public func encrypt(_ value: JSON) -> String {
        let text = value.encoded()
        let hash = HMAC<SHA256>.authenticationCode(for: text, using: SymmetricKey(data: bytes))
        let vector = Array(hash.prefix(16))
        guard let initial = try? AES._CBC.IV(ivBytes: vector),
            let encrypted = try? AES._CBC.encrypt(text, using: SymmetricKey(data: bytes), iv: initial)
        else { preconditionFailure("a key of \(bytes.count) bytes was accepted, and does not encrypt") }
        return "\(Data(vector).base64EncodedString()).\(encrypted.base64EncodedString())"
    }
}
