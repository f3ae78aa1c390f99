extension JSON {
    /// The value as UTF-8: without white space, or with every member and element on a line of its own.
    ///
    /// Doubles are written with the fewest digits that read back as the same double, texts with no escape that RFC 8259
    /// section 7 does not require. A `.number` that is infinite or NaN is a programming error: `JSON(_: Double?)`
    /// makes null of it.
    public func encoded(pretty: Bool = false) -> [UInt8] {
        var encoder = JSONEncoder(isPretty: pretty)
        encoder.append(self)
        return encoder.bytes
    }

    /// The value as text, without white space.
    public var text: String { String(decoding: encoded(), as: UTF8.self) }
}

extension JSON: CustomStringConvertible {
    public var description: String { text }
}

/// Writes JSON into a growing array of bytes.
private struct JSONEncoder {
    let isPretty: Bool
    var bytes: [UInt8] = []
    private var depth = 0

    init(isPretty: Bool) {
        self.isPretty = isPretty
        // As many values are shorter than this, they are written into memory that is asked for once.
        bytes.reserveCapacity(256)
    }

    mutating func append(_ value: JSON) {
        switch value {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .bool(let flag): bytes.append(contentsOf: (flag ? "true" : "false").utf8)
        case .integer(let number): bytes.append(contentsOf: String(number).utf8)
        case .number(let number):
            precondition(number.isFinite, "JSON has no \(number)")
            bytes.append(contentsOf: number.description.utf8)
        case .string(let text): append(text)
        case .array(let elements):
            appendList(elements, brackets: ("[", "]")) { (encoder, element) in encoder.append(element) }
        case .object(let object):
            appendList(object, brackets: ("{", "}")) { (encoder, member) in
                encoder.append(member.key)
                encoder.bytes.append(contentsOf: (encoder.isPretty ? ": " : ":").utf8)
                encoder.append(member.value)
            }
        case .raw(let raw): bytes.append(contentsOf: raw.bytes)
        }
    }

    private mutating func appendList<List: Collection>(
        _ list: List,
        brackets: (Unicode.Scalar, Unicode.Scalar),
        _ append: (inout JSONEncoder, List.Element) -> Void
    ) {
        bytes.append(UInt8(ascii: brackets.0))
        depth += 1
        var isFirst = true
        for element in list {
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            appendLineBreak()
            append(&self, element)
        }
        depth -= 1
        if !isFirst { appendLineBreak() }
        bytes.append(UInt8(ascii: brackets.1))
    }

    private mutating func appendLineBreak() {
        guard isPretty else { return }
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * depth))
    }

    private mutating func append(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { text in
            if text.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) {
                bytes.append(contentsOf: text)
            } else {
                for byte in text { appendEscaped(byte) }
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func appendEscaped(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): bytes.append(contentsOf: #"\""#.utf8)
        case UInt8(ascii: "\\"): bytes.append(contentsOf: #"\\"#.utf8)
        case 0x08: bytes.append(contentsOf: #"\b"#.utf8)
        case 0x09: bytes.append(contentsOf: #"\t"#.utf8)
        case 0x0A: bytes.append(contentsOf: #"\n"#.utf8)
        case 0x0C: bytes.append(contentsOf: #"\f"#.utf8)
        case 0x0D: bytes.append(contentsOf: #"\r"#.utf8)
        case 0..<0x20:
            bytes.append(contentsOf: (byte < 0x10 ? #"\u000"# : #"\u00"#).utf8)
            bytes.append(contentsOf: String(byte, radix: 16).utf8)
        default: bytes.append(byte)
        }
    }
}
