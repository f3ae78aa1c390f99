import Crypto
public import HooklinePrimitives

/// Signs deliveries as Standard Webhooks says: over `id.timestamp.body`, once with each secret.
///
/// The keys are prepared once, so keep the signer of a subscription for as long as its secrets stay.
public struct WebhookSigner: Sendable {
    private let keys: [SigningKey]

    /// Two during a rotation; more where an old one has not run out when the next rotation begins.
    public static let acceptedSecrets = 1...10

    /// Takes the secrets with the newest first.
    public init(secrets: [SigningSecret]) throws(SigningSecretError) {
        guard Self.acceptedSecrets.contains(secrets.count) else {
            throw .count(secrets.count, accepted: Self.acceptedSecrets)
        }
        keys = secrets.map(SigningKey.init)
    }

    /// The headers of one attempt at the given time. The body is not copied for HMAC.
    public func headers(id: Identifier, timestamp: Timestamp, body: UnsafeRawBufferPointer) -> SignatureHeaders {
        let id = Self.headerText(of: id)
        let seconds = String(timestamp.wholeSeconds)
        let signed = SignedContent(id: id, timestamp: seconds, body: body)
        var signatures: [UInt8] = []
        signatures.reserveCapacity(keys.count * 96)
        for key in keys {
            if !signatures.isEmpty { signatures.append(UInt8(ascii: " ")) }
            signatures.append(contentsOf: key.version.rawValue.utf8)
            signatures.append(UInt8(ascii: ","))
            signatures.append(contentsOf: Base64.encode(key.signature(of: signed)))
        }
        return SignatureHeaders(
            id: id,
            timestamp: seconds,
            signature: String(decoding: signatures, as: UTF8.self)
        )
    }

    /// The headers of one attempt at the given time.
    public func headers(id: Identifier, timestamp: Timestamp, body: [UInt8]) -> SignatureHeaders {
        body.withUnsafeBytes { headers(id: id, timestamp: timestamp, body: $0) }
    }

    /// HMAC-SHA256 over the payload alone, with the newest HMAC secret; nil where all secrets are ed25519.
    func payloadCode(_ payload: [UInt8]) -> [UInt8]? {
        for case .hmac(let hash) in keys { return payload.withUnsafeBytes { hash.code(for: $0) } }
        return nil
    }

    /// The id as it stands in the header, which is what is signed.
    ///
    /// Visible ASCII stays as it is. Spaces, `%` and bytes beyond ASCII are written as `%` and two hexadecimal digits (RFC
    /// 3986 section 2.1), because servers trim, refuse or decode them each in their own way.
    static func headerText(of id: Identifier) -> String {
        func isPlain(_ byte: UInt8) -> Bool { (0x21...0x7E).contains(byte) && byte != UInt8(ascii: "%") }
        guard !id.text.utf8.allSatisfy(isPlain) else { return id.text }
        return id.text.utf8.reduce(into: "") { text, byte in
            if isPlain(byte) {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                text += "%" + Hexadecimal.text([byte]).uppercased()
            }
        }
    }
}

extension WebhookSigner: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Without the keys.
    public var description: String { "WebhookSigner(\(keys.count) secrets, redacted)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// A secret, ready to sign.
private enum SigningKey: Sendable {
    case hmac(KeyedHash)
    case ed25519(Curve25519.Signing.PrivateKey)

    init(_ secret: SigningSecret) {
        switch secret.kind {
        case .hmac: self = .hmac(KeyedHash(key: secret.key))
        case .ed25519: self = .ed25519(SigningSecret.privateKey(seed: secret.key))
        }
    }

    var version: SignatureVersion {
        switch self {
        case .hmac: .hmac
        case .ed25519: .ed25519
        }
    }

    func signature(of content: SignedContent) -> [UInt8] {
        switch self {
        case .hmac(let hash): return content.code(by: hash)
        case .ed25519(let key):
            do {
                return try Array(key.signature(for: content.joined()))
            } catch {
                // Every message can be signed; the cryptographic library has no memory, or is broken.
                preconditionFailure("ed25519 cannot sign: \(error)")
            }
        }
    }
}
