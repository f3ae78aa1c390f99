/// Classes of bytes that the grammar of HTTP and of URLs is written in.
enum ASCII {
    static func hexadecimalDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }

    static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }

    static func lowercased(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }

    static func lowercased(_ text: String) -> String { String(decoding: text.utf8.map(lowercased(_:)), as: UTF8.self) }

    /// `tchar` of RFC 9110 section 5.6.2, of which names of headers are made.
    static func isTokenCharacter(_ byte: UInt8) -> Bool {
        if isDigit(byte) || isLetter(byte) { return true }
        return switch UnicodeScalar(byte) {
        case "!", "#", "$", "%", "&", "'", "*", "+", "-", ".", "^", "_", "`", "|", "~": true
        default: false
        }
    }

    /// What may stand in a URL as it is: `unreserved`, `reserved` and `%` of RFC 3986 section 2.
    static func isURLCharacter(_ byte: UInt8) -> Bool {
        if isDigit(byte) || isLetter(byte) { return true }
        return switch UnicodeScalar(byte) {
        case "-", ".", "_", "~", ":", "/", "?", "#", "[", "]", "@", "!", "$", "&", "'", "(", ")", "*", "+", ",", ";",
            "=",
            "%":
            true
        default: false
        }
    }

    /// What a sender wrote, cut and on one line, for a message.
    static func shown(_ text: String, maximumCharacters: Int = 64) -> String {
        let scalars = text.unicodeScalars.prefix(maximumCharacters)
        let isCut = scalars.endIndex != text.unicodeScalars.endIndex
        let safe = scalars.map { (0x20...0x7E).contains($0.value) ? Character($0) : "?" }
        return "'" + String(safe) + (isCut ? "..." : "") + "'"
    }
}
