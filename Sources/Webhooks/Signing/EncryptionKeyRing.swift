import Crypto
public import HooklinePrimitives

/// The keys under which secrets are kept in the database, so that a copy of the database gives none away.
///
/// The first key seals, all of them open. To change the key, put a new line first and restart: what older keys have
/// sealed is then sealed anew in the background, and once nothing is left of it, the old line may go.
///
/// Sealed bytes are: the version 1 (one byte), the length of the key's id (one byte), the id, a random nonce of 12 bytes,
/// and what AEAD_CHACHA20_POLY1305 (RFC 8439) makes of the bytes, with its tag of 16 bytes at the end. The additional
/// data are the bytes before the nonce and the associated data.
public struct EncryptionKeyRing: Sendable {
    private let keys: [EncryptionKey]

    public static let keyBytes = 32
    public static let maximumKeys = 100
    public static let maximumKeyIDBytes = 64
    private static let version: UInt8 = 1
    private static let nonceBytes = 12
    private static let tagBytes = 16

    /// Reads the text of a key file: on each line an id and the base64 of 32 bytes with white space between them.
    ///
    /// Empty lines and those that start with `#` are passed over.
    public init(fileText: String) throws(EncryptionKeyFileError) {
        var keys: [EncryptionKey] = []
        let lines = fileText.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            let words = line.split { [UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r")].contains($0) }
            guard let first = words.first, first.first != UInt8(ascii: "#") else { continue }
            let key = try EncryptionKey(words: words.map { Array($0) }, line: index + 1)
            guard !keys.contains(where: { $0.id == key.id }) else {
                throw EncryptionKeyFileError(line: index + 1, problem: .repeatedID(key.id))
            }
            keys.append(key)
            guard keys.count <= Self.maximumKeys else {
                throw EncryptionKeyFileError(line: index + 1, problem: .tooManyKeys)
            }
        }
        guard !keys.isEmpty else { throw EncryptionKeyFileError(line: lines.count, problem: .noKey) }
        self.keys = keys
    }

    /// The text of a new key file, with one random key.
    public static func generateFileText() -> String {
        var generator = SystemRandomNumberGenerator()
        func random(_ count: Int) -> [UInt8] { (0..<count).map { _ in generator.next() } }
        let id = "k" + Hexadecimal.text(random(4))
        return """
            # Keys of Hookline, one a line: an id, and 32 bytes in base64. The first line seals, all lines open.
            # Who loses this file loses the secrets in the database; who reads it can read them.
            \(id) \(Base64.text(random(keyBytes)))

            """
    }

    /// The ids in the order of the file. The first is the one that seals.
    public var keyIDs: [String] { keys.map(\.id) }

    /// Encrypts the bytes so that they open only with the same associated data, which names what they belong to.
    public func seal(_ bytes: [UInt8], associatedData: String) -> [UInt8] {
        let header = sealingPrefix
        do {
            let box = try ChaChaPoly.seal(bytes, using: keys[0].key, authenticating: header + associatedData.utf8)
            return header + box.combined
        } catch {
            // Every message can be sealed; the cryptographic library has no memory, or is broken.
            preconditionFailure("ChaCha20-Poly1305 cannot seal: \(error)")
        }
    }

    public func open(_ sealed: [UInt8], associatedData: String) throws(EncryptionError) -> [UInt8] {
        let (id, header) = try Self.header(of: sealed)
        guard let key = keys.first(where: { $0.id == id }) else { throw .unknownKey(id: id) }
        do {
            let box = try ChaChaPoly.SealedBox(combined: sealed[header.count...])
            return try Array(ChaChaPoly.open(box, using: key.key, authenticating: header + associatedData.utf8))
        } catch {
            throw .damaged
        }
    }

    /// What all that the first key has sealed begins with, and nothing that another key has: the bytes before the nonce.
    var sealingPrefix: [UInt8] { [Self.version, UInt8(keys[0].id.utf8.count)] + keys[0].id.utf8 }

    /// The associated data of what belongs to a subscription: `hookline:secrets:sub_1`.
    public static func associatedData(purpose: String, subscription: Identifier) -> String {
        "hookline:\(purpose):\(subscription)"
    }

    /// The id of the key, and the bytes before the nonce.
    private static func header(of sealed: [UInt8]) throws(EncryptionError) -> (id: String, header: ArraySlice<UInt8>) {
        guard sealed.count >= 2 else { throw .damaged }
        guard sealed[0] == version else { throw .unknownVersion(sealed[0]) }
        let length = 2 + Int(sealed[1])
        guard sealed.count >= length + nonceBytes + tagBytes, EncryptionKey.isID(sealed[2..<length]) else {
            throw .damaged
        }
        return (String(decoding: sealed[2..<length], as: UTF8.self), sealed[..<length])
    }
}

extension EncryptionKeyRing: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Without the keys.
    public var description: String { "EncryptionKeyRing(\(keyIDs.joined(separator: ", ")), redacted)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["keyIDs": keyIDs]) }
}

/// One line of a key file.
private struct EncryptionKey: Sendable {
    let id: String
    let key: SymmetricKey

    init(words: [[UInt8]], line: Int) throws(EncryptionKeyFileError) {
        guard words.count == 2 else { throw EncryptionKeyFileError(line: line, problem: .wordCount(words.count)) }
        guard Self.isID(words[0]) else { throw EncryptionKeyFileError(line: line, problem: .invalidID) }
        guard let bytes = Base64.decode(words[1]) else {
            throw EncryptionKeyFileError(line: line, problem: .invalidBase64)
        }
        guard bytes.count == EncryptionKeyRing.keyBytes else {
            throw EncryptionKeyFileError(line: line, problem: .keyLength(bytes: bytes.count))
        }
        id = String(decoding: words[0], as: UTF8.self)
        key = SymmetricKey(data: bytes)
    }

    static func isID(_ bytes: some Collection<UInt8>) -> Bool {
        (1...EncryptionKeyRing.maximumKeyIDBytes).contains(bytes.count)
            && bytes.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}
