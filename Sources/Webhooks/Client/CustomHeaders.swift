/// Headers that a subscription adds to its requests, such as a receiver's own `Authorization`.
///
/// Names are tokens and values are printable (RFC 9110 sections 5.1 and 5.5), so no value can start another header or
/// another request; and none can change how a request is framed or signed.
public struct CustomHeaders: Sendable, Hashable {
    public struct Header: Sendable, Hashable {
        public let name: String
        public let value: String

        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// In the order given.
    public let all: [Header]

    public static let none = CustomHeaders()
    public static let maximumCount = 32
    public static let maximumNameBytes = 128
    public static let maximumValueBytes = 4096
    /// Of all names and values together.
    public static let maximumTotalBytes = 8192

    private init() { all = [] }

    /// Names are compared without regard to case, and each may occur once.
    public init(_ headers: [Header]) throws(CustomHeadersError) {
        guard headers.count <= Self.maximumCount else { throw .tooMany(count: headers.count) }
        var seen: Set<String> = []
        var bytes = 0
        for header in headers {
            try Self.checkName(header.name)
            try Self.checkValue(header)
            guard seen.insert(ASCII.lowercased(header.name)).inserted else { throw .duplicate(name: header.name) }
            bytes += header.name.utf8.count + header.value.utf8.count
        }
        guard bytes <= Self.maximumTotalBytes else { throw .tooLarge(bytes: bytes) }
        all = headers
    }

    private static func checkName(_ name: String) throws(CustomHeadersError) {
        guard (1...maximumNameBytes).contains(name.utf8.count), name.utf8.allSatisfy(ASCII.isTokenCharacter) else {
            throw .invalidName(shown: ASCII.shown(name))
        }
        let lowercased = ASCII.lowercased(name)
        guard !reservedNames.contains(lowercased), !reservedPrefixes.contains(where: lowercased.hasPrefix) else {
            throw .reserved(name: name)
        }
    }

    private static func checkValue(_ header: Header) throws(CustomHeadersError) {
        let value = header.value.utf8
        guard value.count <= maximumValueBytes else { throw .valueTooLong(name: header.name, bytes: value.count) }
        for (offset, byte) in value.enumerated() where !(0x20...0x7E).contains(byte) && byte != 0x09 {
            throw .invalidValue(name: header.name, offset: offset)
        }
        let isBlank: (UInt8?) -> Bool = { $0 == 0x20 || $0 == 0x09 }
        guard !isBlank(value.first), !isBlank(value.last) else { throw .padded(name: header.name) }
    }

    private static let reservedNames: Set<String> = [
        "connection", "content-encoding", "content-length", "content-type", "expect", "host", "keep-alive", "te",
        "trailer",
        "transfer-encoding", "upgrade",
    ]
    private static let reservedPrefixes = ["proxy-", "svix-", "webhook-"]
}

/// Why headers are refused. Each names the header.
public enum CustomHeadersError: Error, Equatable, CustomStringConvertible {
    case tooMany(count: Int)
    case tooLarge(bytes: Int)
    case invalidName(shown: String)
    case reserved(name: String)
    case duplicate(name: String)
    case valueTooLong(name: String, bytes: Int)
    case invalidValue(name: String, offset: Int)
    case padded(name: String)

    public var description: String {
        switch self {
        case .tooMany(let count): "has \(count) headers; accepted are at most \(CustomHeaders.maximumCount)"
        case .tooLarge(let bytes):
            "has \(bytes) bytes of names and values; accepted are at most \(CustomHeaders.maximumTotalBytes)"
        case .invalidName(let shown):
            "has the name \(shown); accepted are 1 to \(CustomHeaders.maximumNameBytes) letters, digits and !#$%&'*+-.^_`|~"
        case .reserved(let name):
            "has the name '\(name)', which Hookline or the connection sets; accepted are other names"
        case .duplicate(let name): "has the name '\(name)' twice; names differ in more than case"
        case .valueTooLong(let name, let bytes):
            "has a value of '\(name)' that is \(bytes) bytes long; accepted are at most \(CustomHeaders.maximumValueBytes)"
        case .invalidValue(let name, let offset):
            "has a value of '\(name)' with a control or non-ASCII byte at \(offset); accepted is printable ASCII"
        case .padded(let name): "has a value of '\(name)' that starts or ends with a blank; accepted is one without"
        }
    }
}
