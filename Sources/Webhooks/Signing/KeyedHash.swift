import Crypto

/// HMAC-SHA256 (RFC 2104) with a key whose part of the hash is done.
struct KeyedHash: Sendable {
    private let keyed: HMAC<SHA256>

    init(key: [UInt8]) {
        keyed = HMAC(key: SymmetricKey(data: key))
    }

    /// The 32 bytes for the parts, one after another.
    func code(for parts: UnsafeRawBufferPointer...) -> [UInt8] {
        var hash = keyed
        for part in parts { hash.update(data: part) }
        return hash.finalize().withUnsafeBytes { Array($0) }
    }
}
