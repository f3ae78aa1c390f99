/// The address of a receiver: an absolute `https` or `http` URL (RFC 3986, RFC 9110 section 4.2), checked once.
///
/// It holds what a request needs and nothing that readers of URLs disagree on: no credentials, no fragment, no
/// character that would have to be encoded, and a host that is a plain name or one address.
public struct WebhookURL: Sendable {
    public enum Scheme: String, Sendable {
        case https
        case http

        public var defaultPort: Int { self == .https ? 443 : 80 }
    }

    /// The text, verbatim as it was given.
    public let text: String
    public let scheme: Scheme
    /// The name in lower case, or the address in its canonical text, without brackets.
    public let host: String
    /// The address, where the host is one.
    public let address: IPAddress?
    /// 1 to 65535.
    public let port: Int
    /// The scheme, host and port, always with the port: `https://example.com:443`. Connections are shared by origin.
    public let origin: String
    /// The value of the `Host` header: with the port only where it is not the scheme's own.
    public let hostHeader: String
    /// Path and query as they were given; at least `/`.
    public let requestTarget: String

    /// Reads and checks a URL. Whether its scheme and address are acceptable is for `NetworkPolicy` to say.
    ///
    /// An IPv4 address is read in every spelling that `inet_aton` knows (`2130706433`, `0x7f.1`, `0177.0.0.1`, `127.1`),
    /// because something between us and the receiver might read it that way.
    public init(_ text: String) throws(WebhookURLError) {
        let bytes = Array(text.utf8)
        try Self.checkCharacters(bytes)
        let (scheme, rest) = try Self.splitScheme(bytes)
        let end = rest.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? rest.endIndex
        let authority = try URLAuthority(rest[..<end])
        self.text = text
        self.scheme = scheme
        host = authority.host
        address = authority.address
        port = authority.port ?? scheme.defaultPort
        let bracketed = authority.isBracketed ? "[\(authority.host)]" : authority.host
        origin = "\(scheme.rawValue)://\(bracketed):\(port)"
        hostHeader = port == scheme.defaultPort ? bracketed : "\(bracketed):\(port)"
        let target = String(decoding: rest[end...], as: UTF8.self)
        requestTarget = target.utf8.first == UInt8(ascii: "/") ? target : "/" + target
    }

    public static let maximumBytes = 2048

    private static func checkCharacters(_ bytes: [UInt8]) throws(WebhookURLError) {
        guard !bytes.isEmpty else { throw .empty }
        guard bytes.count <= maximumBytes else { throw .tooLong(bytes: bytes.count) }
        for (offset, byte) in bytes.enumerated() {
            guard ASCII.isURLCharacter(byte) else { throw .character(code: byte, offset: offset) }
            guard byte != UInt8(ascii: "#") else { throw .fragment }
            if byte == UInt8(ascii: "%") {
                let digits = bytes[(offset + 1)...].prefix(2)
                guard digits.count == 2, digits.allSatisfy({ ASCII.hexadecimalDigit($0) != nil }) else {
                    throw .percentEncoding(offset: offset)
                }
            }
        }
    }

    private static func splitScheme(_ bytes: [UInt8]) throws(WebhookURLError) -> (Scheme, ArraySlice<UInt8>) {
        for scheme in [Scheme.https, .http] {
            let start = Array((scheme.rawValue + "://").utf8)
            if bytes.prefix(start.count).map(ASCII.lowercased(_:)) == start { return (scheme, bytes[start.count...]) }
        }
        throw .scheme
    }
}

/// Two URLs are equal when their texts are, byte for byte; the text is ASCII.
extension WebhookURL: Hashable {
    public static func == (left: WebhookURL, right: WebhookURL) -> Bool { left.text == right.text }
    public func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

extension WebhookURL: CustomStringConvertible {
    public var description: String { text }
}
