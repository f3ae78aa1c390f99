import Crypto

/// What a subscription's deliveries are signed with, and nobody else may know.
///
/// Source: Standard Webhooks, "Signature scheme". Its text is what the databases keep, sealed; printing the value, alone
/// or inside of another, shows the kind only.
public struct SigningSecret: Sendable {
    public let kind: Kind
    /// The key of HMAC, or the seed of ed25519.
    let key: [UInt8]

    public enum Kind: String, Sendable, CaseIterable, Codable {
        /// HMAC-SHA256 with a key that both sides know: `whsec_` and base64, signatures `v1`.
        case hmac
        /// ed25519, whose public key the receiver knows: `whsk_` and base64, signatures `v1a`.
        case ed25519
    }

    /// The lengths that Standard Webhooks gives HMAC keys.
    public static let hmacKeyBytes = 24...64
    public static let generatedKeyBytes = 32
    static let seedBytes = 32
    static let hmacPrefix = "whsec_"
    static let ed25519Prefix = "whsk_"
    static let publicKeyPrefix = "whpk_"

    /// Reads `whsec_` with the base64 of a key of 24 to 64 bytes, or `whsk_` with the base64 of an ed25519 seed of 32 bytes.
    ///
    /// The seed may be followed by its public key, as libsodium writes secret keys: 64 bytes together.
    public init(text: String) throws(SigningSecretError) {
        if text.hasPrefix(Self.hmacPrefix) {
            let key = try Self.decoded(text, after: Self.hmacPrefix)
            guard Self.hmacKeyBytes.contains(key.count) else {
                throw .keyLength(bytes: key.count, accepted: "\(Self.hmacKeyBytes.lowerBound) to 64 bytes")
            }
            self.init(kind: .hmac, key: key)
        } else if text.hasPrefix(Self.ed25519Prefix) {
            let key = try Self.decoded(text, after: Self.ed25519Prefix)
            guard key.count == Self.seedBytes || key.count == 2 * Self.seedBytes else {
                throw .keyLength(bytes: key.count, accepted: "a seed of 32 bytes, or 64 with its public key")
            }
            self.init(kind: .ed25519, key: Array(key.prefix(Self.seedBytes)))
            guard key.count == Self.seedBytes || publicKey == Array(key.dropFirst(Self.seedBytes)) else {
                throw .publicKeyMismatch
            }
        } else {
            throw .unknownPrefix(accepted: [Self.hmacPrefix, Self.ed25519Prefix])
        }
    }

    private init(kind: Kind, key: [UInt8]) {
        self.kind = kind
        self.key = key
    }

    /// A new secret of 32 random bytes from the system's generator.
    public static func generate(_ kind: Kind = .hmac) -> SigningSecret {
        var generator = SystemRandomNumberGenerator()
        return SigningSecret(kind: kind, key: (0..<generatedKeyBytes).map { _ in generator.next() })
    }

    /// The secret itself, as `init(text:)` reads it.
    public var text: String {
        switch kind {
        case .hmac: Self.hmacPrefix + Base64.text(key)
        case .ed25519: Self.ed25519Prefix + Base64.text(key)
        }
    }

    /// `whpk_` and base64, for the receivers of ed25519 signatures; nil for HMAC.
    public var publicKeyText: String? {
        guard kind == .ed25519 else { return nil }
        return Self.publicKeyPrefix + Base64.text(publicKey)
    }

    /// The public key of an ed25519 secret.
    private var publicKey: [UInt8] { Array(Self.privateKey(seed: key).publicKey.rawRepresentation) }

    /// - Parameter seed: 32 bytes; any are a key.
    static func privateKey(seed: [UInt8]) -> Curve25519.Signing.PrivateKey {
        do {
            return try Curve25519.Signing.PrivateKey(rawRepresentation: seed)
        } catch {
            preconditionFailure("an ed25519 seed of \(seed.count) bytes")
        }
    }

    /// The bytes that stand in base64 after a prefix.
    static func decoded(_ text: String, after prefix: String) throws(SigningSecretError) -> [UInt8] {
        guard let bytes = Base64.decode(Array(text.utf8.dropFirst(prefix.utf8.count))) else {
            throw .invalidBase64(prefix: prefix)
        }
        return bytes
    }
}

extension SigningSecret: Equatable {
    /// Takes a time that does not tell how many bytes agree.
    public static func == (left: SigningSecret, right: SigningSecret) -> Bool {
        left.kind == right.kind && ConstantTime.areEqual(left.key, right.key)
    }
}

extension SigningSecret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Without the key, so that a secret which strays into a log is none.
    public var description: String { "SigningSecret(\(kind.rawValue), redacted)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["kind": kind]) }
}
