import HooklinePrimitives

/// The address of a page, in the parts that targeting looks at (WHATWG URL Standard, section 4, for addresses of pages: names are
/// not converted to Punycode, and paths are taken as they are written).
struct PageURL: Sendable {
    let scheme: String
    /// With the port, where it is not the scheme's own.
    let host: String
    /// Begins with a slash.
    let path: String
    /// Without the question mark; nil where there is none.
    let query: String?
    /// Without the hash sign; nil where there is none.
    let fragment: String?

    var origin: String { "\(scheme)://\(host)" }

    var text: String {
        origin + path + (query.map { "?" + $0 } ?? "") + (fragment.map { "#" + $0 } ?? "")
    }

    /// - Parameters:
    ///   - text: An address, or a part of one that begins at its path, its query or its fragment.
    ///   - host: That of a part.
    /// - Returns: Nil for what is no address of a page, such as `mailto:somebody`.
    init?(_ text: String, relativeTo host: String = "_") {
        var rest = text[...]
        while let first = rest.unicodeScalars.first, first.value <= 0x20 { rest.removeFirst() }
        while let last = rest.unicodeScalars.last, last.value <= 0x20 { rest.removeLast() }
        var scheme = "https"
        var authority: Substring = host[...]
        if let (name, after) = Self.scheme(rest) {
            guard after.hasPrefix("//") else { return nil }
            scheme = name
            rest = after
        }
        if rest.hasPrefix("//") {
            rest.removeFirst(2)
            let end = rest.firstIndex { "/?#\\".contains($0) } ?? rest.endIndex
            authority = rest[..<end]
            rest = rest[end...]
            guard !authority.isEmpty else { return nil }
        }
        self.scheme = scheme
        self.host = Self.host(authority, scheme)
        var fragment: Substring?
        if let hash = rest.firstIndex(of: "#") {
            fragment = rest[rest.index(after: hash)...]
            rest = rest[..<hash]
        }
        var query: Substring?
        if let mark = rest.firstIndex(of: "?") {
            query = rest[rest.index(after: mark)...]
            rest = rest[..<mark]
        }
        self.query = query.map(String.init)
        self.fragment = fragment.map(String.init)
        path = Self.path(rest)
    }

    private static func scheme(_ text: Substring) -> (String, Substring)? {
        guard let colon = text.firstIndex(of: ":") else { return nil }
        let name = text[..<colon]
        guard let first = name.utf8.first, isLetter(first),
            name.utf8.allSatisfy({ isLetter($0) || (0x30...0x39).contains($0) || [0x2B, 0x2D, 0x2E].contains($0) })
        else { return nil }
        return (name.lowercased(), text[text.index(after: colon)...])
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }

    private static func host(_ authority: Substring, _ scheme: String) -> String {
        let withoutUser = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
        let host = withoutUser.lowercased()
        for (known, port) in [("http", ":80"), ("https", ":443")] where scheme == known && host.hasSuffix(port) {
            return String(host.dropLast(port.count))
        }
        return host
    }

    /// With `.` and `..` resolved.
    private static func path(_ text: Substring) -> String {
        var segments: [Substring] = []
        let parts = text.replacing("\\", with: "/").split(separator: "/", omittingEmptySubsequences: false)[...]
        let all = text.hasPrefix("/") || text.hasPrefix("\\") ? parts.dropFirst() : parts
        for (index, segment) in all.enumerated() {
            let isLast = index == all.count - 1
            switch segment {
            case ".": if isLast { segments.append("") }
            case "..":
                _ = segments.popLast()
                if isLast { segments.append("") }
            default: segments.append(segment)
            }
        }
        return "/" + segments.joined(separator: "/")
    }

    /// The parameters of the query in their order, decoded as forms are (section 5.1).
    var parameters: [(name: String, value: String)] {
        (query ?? "").split(separator: "&").map { pair in
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (FormText.decode(sides[0]), sides.count > 1 ? FormText.decode(sides[1]) : "")
        }
    }

    /// The same address with the parameters of another that it does not have itself.
    func adding(_ others: [(name: String, value: String)]) -> String {
        var all = parameters
        for other in others where !all.contains(where: { $0.name.hasSameBytes(as: other.name) }) { all.append(other) }
        let query = all.map { "\(FormText.encode($0.name))=\(FormText.encode($0.value))" }.joined(separator: "&")
        return origin + path + (query.isEmpty ? "" : "?" + query) + (fragment.map { "#" + $0 } ?? "")
    }
}

/// `application/x-www-form-urlencoded` (WHATWG URL Standard, section 5).
enum FormText {
    static func decode(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                let digits = rest.prefix(2).compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
                if digits.count == 2 {
                    bytes.append(UInt8(digits[0] * 16 + digits[1]))
                    rest.removeFirst(2)
                } else {
                    bytes.append(byte)
                }
            default: bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func encode(_ text: String) -> String {
        text.utf8.reduce(into: "") { encoded, byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "*"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"):
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            case UInt8(ascii: " "): encoded += "+"
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                encoded += "%" + (digits.count == 1 ? "0" : "") + digits
            }
        }
    }
}
