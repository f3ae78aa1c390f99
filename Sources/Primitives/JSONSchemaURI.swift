/// A URI reference (RFC 3986 section 4.1), split into its parts and not decoded.
struct JSONSchemaURI: Sendable {
    var scheme: String?
    var authority: String?
    var path = ""
    var query: String?
    var fragment: String?

    /// Splits a text as RFC 3986 appendix B does; every text has such parts.
    init(_ text: String) {
        var rest = Array(text.unicodeScalars)[...]
        if let end = rest.firstIndex(where: { ":/?#".unicodeScalars.contains($0) }), rest[end] == ":",
            end > rest.startIndex
        {
            scheme = Self.text(rest[..<end])
            rest = rest[(end + 1)...]
        }
        if let start = rest.firstIndex(of: "#") {
            fragment = Self.text(rest[(start + 1)...])
            rest = rest[..<start]
        }
        if let start = rest.firstIndex(of: "?") {
            query = Self.text(rest[(start + 1)...])
            rest = rest[..<start]
        }
        if rest.starts(with: "//".unicodeScalars) {
            rest = rest.dropFirst(2)
            let end = rest.firstIndex(of: "/") ?? rest.endIndex
            authority = Self.text(rest[..<end])
            rest = rest[end...]
        }
        path = Self.text(rest)
    }

    private static func text(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        String(String.UnicodeScalarView(scalars))
    }

    /// The reference as seen from a base (RFC 3986 section 5.2.2).
    func resolved(against base: JSONSchemaURI) -> JSONSchemaURI {
        var target = self
        if scheme != nil {
            target.path = Self.removingDots(path)
            return target
        }
        target.scheme = base.scheme
        if authority != nil {
            target.path = Self.removingDots(path)
            return target
        }
        target.authority = base.authority
        if path.isEmpty {
            target.path = base.path
            target.query = query ?? base.query
        } else if path.utf8.first == UInt8(ascii: "/") {
            target.path = Self.removingDots(path)
        } else {
            target.path = Self.removingDots(merged(into: base))
        }
        return target
    }

    /// RFC 3986 section 5.2.3.
    private func merged(into base: JSONSchemaURI) -> String {
        if base.authority != nil, base.path.isEmpty { return "/" + path }
        let directory = base.path.utf8.lastIndex(of: UInt8(ascii: "/")).map { base.path[...$0] } ?? ""
        return directory + path
    }

    /// RFC 3986 section 5.2.4.
    private static func removingDots(_ path: String) -> String {
        let segments = path.split(separator: "/", omittingEmptySubsequences: false)
        guard segments.contains(".") || segments.contains("..") else { return path }
        var kept: [Substring] = []
        for (index, segment) in segments.enumerated() {
            let isLast = index == segments.count - 1
            switch segment {
            case ".": if isLast { kept.append("") }
            case "..":
                // The empty segment before the first slash stays.
                if kept.count > (segments[0].isEmpty ? 1 : 0) { kept.removeLast() }
                if isLast { kept.append("") }
            default: kept.append(segment)
            }
        }
        return kept.joined(separator: "/")
    }

    /// The text without the fragment.
    var absolute: String {
        (scheme.map { $0 + ":" } ?? "") + (authority.map { "//" + $0 } ?? "") + path + (query.map { "?" + $0 } ?? "")
    }

    /// The fragment with `%HH` decoded (RFC 6901 section 6); nil where that is no text.
    var decodedFragment: String? {
        guard let fragment else { return "" }
        var bytes: [UInt8] = []
        var rest = Array(fragment.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = rest.prefix(2)
            guard digits.count == 2, digits.allSatisfy({ Unicode.Scalar($0).properties.isASCIIHexDigit }),
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
            else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
