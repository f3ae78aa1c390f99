import HTTPTypes

/// Whether a client has what it asks for already (RFC 9110, section 13.1.2).
enum EntityTag {
    /// The field of a tag: in quotes.
    static func field(_ tag: String) -> String { "\"\(tag)\"" }

    /// Whether `If-None-Match` names a tag. A weak one is as good: the bodies are the same.
    static func matches(_ headers: HTTPFields, _ tag: String) -> Bool {
        guard let given = headers[.ifNoneMatch] else { return false }
        return given.split(separator: ",").contains { part in
            var part = part.drop { $0 == " " || $0 == "\t" }
            while part.last == " " || part.last == "\t" { part.removeLast() }
            if part.hasPrefix("W/") { part = part.dropFirst(2) }
            return part == "*" || part == field(tag)
        }
    }
}
