/// The status line and the few headers of an answer that a client of webhooks needs (RFC 9112 sections 4 to 6).
struct ResponseHead {
    enum Framing: Equatable {
        case none
        case length(Int)
        case chunked
        case untilClose
    }

    struct Violation: Error {
        let problem: String
    }

    private(set) var status = 0
    private(set) var retryAfter: String?
    private(set) var framing = Framing.none
    /// Whether the sender will read another request on the connection.
    private(set) var keepsConnection = false

    private var length: Int?
    /// Whether the last transfer coding is `chunked`; nil without any.
    private var isChunked: Bool?
    private var saysClose = false
    private var saysKeepAlive = false

    static let maximumRetryAfterBytes = 128

    init() {}

    /// Reads a whole head, up to its empty line.
    init(_ bytes: UnsafeRawBufferPointer, maximumFields: Int) throws(Violation) {
        var rest = bytes[...]
        let minorVersion = try readStatusLine(Self.line(&rest))
        var fields = 0
        while true {
            let line = Self.line(&rest)
            if line.isEmpty { break }
            fields += 1
            guard fields <= maximumFields else {
                throw Violation(problem: "the response's head has more than \(maximumFields) fields")
            }
            try readField(line)
        }
        keepsConnection = !saysClose && (minorVersion == 1 || saysKeepAlive)
        if status < 200 || status == 204 || status == 304 {
            framing = .none
        } else if let isChunked {
            // Two statements about the length are how answers are smuggled, so the connection ends with this one.
            if length != nil || minorVersion == 0 { keepsConnection = false }
            framing = isChunked ? .chunked : .untilClose
        } else if let length {
            framing = .length(length)
        } else {
            framing = .untilClose
        }
    }

    private typealias Bytes = Slice<UnsafeRawBufferPointer>

    /// Cuts a line off, without its end; a line feed alone is one too (RFC 9112 section 2.2).
    private static func line(_ rest: inout Bytes) -> Bytes {
        let feed = rest.firstIndex(of: 0x0A) ?? rest.endIndex
        let line = rest[..<feed]
        rest = rest[min(feed + 1, rest.endIndex)...]
        return line.last == 0x0D ? line.dropLast() : line
    }

    /// `HTTP/1.1 200 OK`; the reason may be missing, with its blank.
    private mutating func readStatusLine(_ line: Bytes) throws(Violation) -> Int {
        let start = line.startIndex
        guard line.count >= 12, line.starts(with: Self.version), line[start + 8] == 0x20,
            line[start + 7] == UInt8(ascii: "0") || line[start + 7] == UInt8(ascii: "1"),
            line.count == 12 || line[start + 12] == 0x20
        else { throw Violation(problem: "the response does not start with a status line of HTTP/1.1") }
        for index in (start + 9)...(start + 11) {
            guard ASCII.isDigit(line[index]) else { throw Violation(problem: "the response's status is no number") }
            status = status * 10 + Int(line[index] - 0x30)
        }
        guard (100...599).contains(status) else {
            throw Violation(problem: "the response's status is \(status); accepted are 100 to 599")
        }
        return Int(line[start + 7] - 0x30)
    }

    private mutating func readField(_ line: Bytes) throws(Violation) {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex else {
            throw Violation(problem: "a header of the response has no name")
        }
        let name = line[..<colon]
        // A blank in a name is a folded line or an attempt to hide a header.
        guard name.allSatisfy(ASCII.isTokenCharacter) else {
            throw Violation(problem: "a header of the response has an invalid name")
        }
        let value = Self.trimmed(line[line.index(after: colon)...])
        guard !value.contains(where: { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F }) else {
            throw Violation(problem: "a header of the response has a control character")
        }
        // The length tells most names apart.
        switch name.count {
        case 14 where Self.equals(name, Self.contentLength): try readLength(value)
        case 17 where Self.equals(name, Self.transferEncoding): readCodings(value)
        case 10 where Self.equals(name, Self.connection): readConnection(value)
        case 11 where Self.equals(name, Self.retryAfterName):
            if retryAfter == nil, value.count <= Self.maximumRetryAfterBytes {
                retryAfter = String(decoding: value, as: UTF8.self)
            }
        default: break
        }
    }

    private mutating func readLength(_ value: Bytes) throws(Violation) {
        for part in value.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
            let digits = Self.trimmed(part)
            guard (1...18).contains(digits.count), digits.allSatisfy(ASCII.isDigit) else {
                throw Violation(problem: "the response's Content-Length is no number")
            }
            let number = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
            guard length == nil || length == number else {
                throw Violation(problem: "the response has two different Content-Lengths")
            }
            length = number
        }
    }

    private mutating func readCodings(_ value: Bytes) {
        for part in value.split(separator: UInt8(ascii: ",")) {
            let coding = Self.trimmed(part)
            if !coding.isEmpty { isChunked = Self.equals(coding, Self.chunked) }
        }
        if isChunked == nil { isChunked = false }
    }

    private mutating func readConnection(_ value: Bytes) {
        for part in value.split(separator: UInt8(ascii: ",")) {
            let token = Self.trimmed(part)
            if Self.equals(token, Self.close) { saysClose = true }
            if Self.equals(token, Self.keepAlive) { saysKeepAlive = true }
        }
    }

    private static func trimmed(_ bytes: Bytes) -> Bytes {
        var bytes = bytes
        while let first = bytes.first, first == 0x20 || first == 0x09 { bytes = bytes.dropFirst() }
        while let last = bytes.last, last == 0x20 || last == 0x09 { bytes = bytes.dropLast() }
        return bytes
    }

    private static func equals(_ bytes: Bytes, _ lowercased: [UInt8]) -> Bool {
        guard bytes.count == lowercased.count else { return false }
        return zip(bytes, lowercased).allSatisfy { ASCII.lowercased($0) == $1 }
    }

    private static let version = Array("HTTP/1.".utf8)
    private static let contentLength = Array("content-length".utf8)
    private static let transferEncoding = Array("transfer-encoding".utf8)
    private static let connection = Array("connection".utf8)
    private static let retryAfterName = Array("retry-after".utf8)
    private static let chunked = Array("chunked".utf8)
    private static let close = Array("close".utf8)
    private static let keepAlive = Array("keep-alive".utf8)
}
