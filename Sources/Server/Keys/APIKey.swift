import Crypto

/// A key as its owner holds it: `hk_<id>_<secret>`. Only the digest of the secret is stored.
public struct APIKey: Sendable {
    /// Names the key in lists, logs and the database. No secret.
    public let id: String
    let secret: String

    /// The text to send as `Authorization: Bearer`.
    public var text: String { "\(Self.prefix)_\(id)_\(secret)" }

    /// A new key. The default generator is the system's, which is cryptographically secure.
    public static func generate() -> APIKey {
        var generator = SystemRandomNumberGenerator()
        return generate(using: &generator)
    }

    static func generate(using generator: inout some RandomNumberGenerator) -> APIKey {
        func text(_ count: Int) -> String {
            String(decoding: (0..<count).map { _ in alphabet.randomElement(using: &generator) ?? 0x61 }, as: UTF8.self)
        }
        return APIKey(id: text(idCharacters), secret: text(secretCharacters))
    }

    /// Reads a key; nil where the text has another form.
    public init?(_ text: String) {
        let parts = text.split(separator: "_", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == Self.prefix, Self.isPlain(parts[1]), Self.isPlain(parts[2]),
            parts[1].utf8.count == Self.idCharacters, parts[2].utf8.count == Self.secretCharacters
        else { return nil }
        self.init(id: String(parts[1]), secret: String(parts[2]))
    }

    private init(id: String, secret: String) {
        self.id = id
        self.secret = secret
    }

    var digest: KeyDigest { KeyDigest(of: secret) }

    /// 36 to the power of 12 ids: two of a million keys meet with a chance below 1 in 9 million.
    static let idCharacters = 12
    /// 206 bits.
    static let secretCharacters = 40
    private static let prefix = "hk"
    private static let alphabet = Array("abcdefghijklmnopqrstuvwxyz0123456789".utf8)

    private static func isPlain(_ text: Substring) -> Bool {
        text.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) }
    }
}

extension APIKey: CustomStringConvertible {
    /// Without the secret, so that a key which strays into a log is none.
    public var description: String { "\(Self.prefix)_\(id)_..." }
}

/// The SHA-256 of a secret.
///
/// A plain digest is enough here: the secrets are random and long, so there is nothing to guess that a slow hash would
/// make dearer.
struct KeyDigest: Sendable {
    let bytes: [UInt8]

    init(of secret: String) {
        bytes = Array(SHA256.hash(data: Array(secret.utf8)))
    }

    init(stored bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Compares in a time that does not tell how many bytes agree.
    func matches(_ other: KeyDigest) -> Bool {
        guard bytes.count == other.bytes.count else { return false }
        return zip(bytes, other.bytes).reduce(into: UInt8(0)) { $0 |= $1.0 ^ $1.1 } == 0
    }
}
