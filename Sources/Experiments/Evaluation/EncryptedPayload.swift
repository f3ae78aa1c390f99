import Foundation
import HooklinePrimitives
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
