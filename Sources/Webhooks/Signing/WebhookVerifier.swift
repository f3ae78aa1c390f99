import Crypto
public import HooklinePrimitives

/// Checks in a receiver that a delivery comes from who knows the secret, and was made just now.
///
///     let verifier = try WebhookVerifier(secrets: ["whsec_..."])
///     let delivery = try verifier.verify(body: bytes, headers: request.headers)
///     guard await isFirst(delivery.id) else { return }
///
/// It takes deliveries of every sender that follows Standard Webhooks, and those of Svix.
public struct WebhookVerifier: Sendable {
    private let keys: [VerifyingKey]

    public static let acceptedSecrets = 1...10
    /// From 128 bits. Senders should use 24 bytes and more, but a receiver takes the secret that it is given.
    public static let hmacKeyBytes = 16...128
    /// 5 minutes.
    public static let defaultToleranceMilliseconds: Int64 = 300_000
    /// Further signatures in the header are not looked at: each costs time that anybody can ask for.
    public static let maximumSignatures = 20

    /// Takes `whsec_` and `whpk_` texts; several, in any order, while the sender changes its secret.
    public init(secrets: [String]) throws(SigningSecretError) {
        guard Self.acceptedSecrets.contains(secrets.count) else {
            throw .count(secrets.count, accepted: Self.acceptedSecrets)
        }
        var keys: [VerifyingKey] = []
        for secret in secrets { keys.append(try VerifyingKey(secret)) }
        self.keys = keys
    }

    /// Checks the signature over the whole body, as it was received: parsed and encoded again it is another.
    ///
    /// The names of the headers may be in any case. Where one of the `webhook-` headers is missing, the three `svix-`
    /// headers are taken. One matching signature is enough, and those of unknown versions are passed over.
    @discardableResult
    public func verify(
        body: [UInt8],
        headers: some Sequence<(name: String, value: String)>,
        now: Timestamp = .now(),
        toleranceMilliseconds: Int64 = WebhookVerifier.defaultToleranceMilliseconds
    ) throws(WebhookVerificationError) -> VerifiedDelivery {
        let headers = try ReceivedHeaders(headers)
        guard let timestamp = Self.timestamp(headers.timestamp) else {
            throw .malformedTimestamp
        }
        guard timestamp >= now.advanced(byMilliseconds: -toleranceMilliseconds) else {
            throw .tooOld(timestamp)
        }
        guard timestamp <= now.advanced(byMilliseconds: toleranceMilliseconds) else {
            throw .tooNew(timestamp)
        }
        let isSigned = body.withUnsafeBytes { body in
            let content = SignedContent(id: headers.id, timestamp: headers.timestamp, body: body)
            return keys.contains { $0.hasSigned(content, signatures: headers.signatures) }
        }
        guard isSigned else { throw .noMatchingSignature }
        return VerifiedDelivery(id: headers.id, timestamp: timestamp)
    }

    /// The same for headers in a dictionary.
    @discardableResult
    public func verify(
        body: [UInt8],
        headers: [String: String],
        now: Timestamp = .now(),
        toleranceMilliseconds: Int64 = WebhookVerifier.defaultToleranceMilliseconds
    ) throws(WebhookVerificationError) -> VerifiedDelivery {
        try verify(
            body: body,
            headers: headers.map { (name: $0.key, value: $0.value) },
            now: now,
            toleranceMilliseconds: toleranceMilliseconds
        )
    }

    /// The payload, verbatim, of a body in the format `envelope` that is signed with one of the `whsec_` secrets.
    ///
    /// The signature in the body covers the payload only: neither the time nor the kind of the event, so it does not keep
    /// anybody from sending an old delivery again. Where the headers are at hand, use them.
    public func verifyEnvelope(body: [UInt8]) throws(WebhookVerificationError) -> [UInt8] {
        guard let envelope = PayloadEnvelope(body) else { throw .malformedEnvelope }
        let isSigned = envelope.payload.withUnsafeBytes { payload in
            keys.contains { key in
                guard case .hmac(let hash) = key else { return false }
                return ConstantTime.areEqual(Hexadecimal.encode(hash.code(for: payload)), envelope.signature)
            }
        }
        guard isSigned else { throw .noMatchingSignature }
        return Array(envelope.payload)
    }

    /// Decimal digits only: seconds since 1970, up to the year 9999.
    private static func timestamp(_ text: String) -> Timestamp? {
        let maximumDigits = 12
        guard (1...maximumDigits).contains(text.utf8.count),
            text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let seconds = Int64(text)
        else { return nil }
        let timestamp = Timestamp(milliseconds: seconds * 1000)
        return Timestamp.accepted.contains(timestamp) ? timestamp : nil
    }
}

extension WebhookVerifier: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Without the keys.
    public var description: String { "WebhookVerifier(\(keys.count) secrets, redacted)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// A delivery whose signature was right.
public struct VerifiedDelivery: Sendable, Equatable {
    /// The same for each attempt at one delivery: what was handled under this id must not be handled again.
    public let id: String
    /// When the attempt was made, in whole seconds.
    public let timestamp: Timestamp
}

/// A secret or public key, ready to verify.
private enum VerifyingKey: Sendable {
    case hmac(KeyedHash)
    case ed25519(Curve25519.Signing.PublicKey)

    init(_ text: String) throws(SigningSecretError) {
        if text.hasPrefix(SigningSecret.hmacPrefix) {
            let key = try SigningSecret.decoded(text, after: SigningSecret.hmacPrefix)
            let accepted = WebhookVerifier.hmacKeyBytes
            guard accepted.contains(key.count) else {
                throw .keyLength(bytes: key.count, accepted: "\(accepted.lowerBound) to \(accepted.upperBound) bytes")
            }
            self = .hmac(KeyedHash(key: key))
        } else if text.hasPrefix(SigningSecret.publicKeyPrefix) {
            let bytes = try SigningSecret.decoded(text, after: SigningSecret.publicKeyPrefix)
            guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes) else {
                throw .keyLength(bytes: bytes.count, accepted: "an ed25519 public key of 32 bytes")
            }
            self = .ed25519(key)
        } else if text.hasPrefix(SigningSecret.ed25519Prefix) {
            throw .secretKeyForVerifying
        } else {
            throw .unknownPrefix(accepted: [SigningSecret.hmacPrefix, SigningSecret.publicKeyPrefix])
        }
    }

    func hasSigned(_ content: SignedContent, signatures: ReceivedSignatures) -> Bool {
        switch self {
        case .hmac(let hash):
            guard !signatures.hmac.isEmpty else { return false }
            let code = content.code(by: hash)
            return signatures.hmac.contains { ConstantTime.areEqual($0, code) }
        case .ed25519(let key):
            guard !signatures.ed25519.isEmpty else { return false }
            let message = content.joined()
            return signatures.ed25519.contains { key.isValidSignature($0, for: message) }
        }
    }
}
