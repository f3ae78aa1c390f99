public import HooklinePrimitives

/// What the name of an event's type must keep to: `video.created`.
///
/// It is made of segments between dots, `^[a-zA-Z0-9_-]+(\.[a-zA-Z0-9_-]+)*$`, so that every name can stand in a URL,
/// in a header and in a pattern, and fits the other systems that speak Standard Webhooks.
public enum EventTypeName {
    public static let maximumBytes = 128

    /// Reads a name from a request's body.
    public static func read(_ field: JSONField) throws(FieldError) -> Identifier {
        let text = try field.string()
        guard isValid(text) else {
            throw field.error("is \(text.inMessage); accepted are names such as video.created: \(Self.accepted)")
        }
        return Identifier(unchecked: text)
    }

    public static func isValid(_ text: String) -> Bool {
        guard text.utf8.count <= maximumBytes else { return false }
        return text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { segment in
            !segment.isEmpty && segment.allSatisfy(isSegmentByte)
        }
    }

    static let accepted = "segments of letters, digits, '_' and '-' between dots, at most \(maximumBytes) bytes"

    private static func isSegmentByte(_ byte: UInt8) -> Bool {
        byte.isASCIILetterOrDigit || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
    }
}

extension UInt8 {
    var isASCIILetterOrDigit: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}

extension String {
    /// What a sender wrote, in quotes, cut, and on one line.
    var inMessage: String {
        let start = unicodeScalars.prefix(64)
        let shown = start.endIndex == unicodeScalars.endIndex ? self : String(start) + "..."
        return "'\(JSON.string(shown).text.dropFirst().dropLast())'"
    }
}
