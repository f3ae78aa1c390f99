/// A name chosen by a user of Hookline: of a viewer, a content, an experiment, an event.
///
/// Two identifiers are equal when their UTF-8 bytes are. Swift's `String` compares by canonical equivalence, which
/// would make one viewer of two whose ids merely look alike, and would disagree with every database and every SDK.
public struct Identifier: Sendable {
    /// The text, verbatim as it was given.
    public let text: String

    /// Accepts 1 to `maximumBytes` bytes of UTF-8 without control characters.
    public init(_ text: String, maximumBytes: Int = Identifier.maximumBytes) throws(IdentifierError) {
        var bytes = 0
        for byte in text.utf8 {
            // U+0000 cannot be stored by PostgreSQL, and the other control characters are never meant.
            guard byte >= 0x20, byte != 0x7F else { throw .controlCharacter(offset: bytes) }
            bytes += 1
        }
        guard bytes > 0 else { throw .empty }
        guard bytes <= maximumBytes else { throw .tooLong(bytes: bytes, maximumBytes: maximumBytes) }
        self.text = text
    }

    /// Takes text that was checked before, such as what the database returns.
    public init(unchecked text: String) {
        self.text = text
    }

    /// The longest identifier that is accepted unless a caller asks for less.
    public static let maximumBytes = 256
}

extension Identifier: Hashable, Comparable {
    public static func == (left: Identifier, right: Identifier) -> Bool {
        left.text.hasSameBytes(as: right.text)
    }

    public func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        hasher.combine(0xFF as UInt8)
    }

    /// Orders by bytes, as `COLLATE "C"` and SQLite's `BINARY` do.
    public static func < (left: Identifier, right: Identifier) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }
}

extension Identifier: CustomStringConvertible {
    public var description: String { text }
}

/// Why a text is not an identifier.
public enum IdentifierError: Error, Equatable, CustomStringConvertible {
    case empty
    case tooLong(bytes: Int, maximumBytes: Int)
    case controlCharacter(offset: Int)

    public var description: String {
        switch self {
        case .empty: "is empty; accepted is text of at least one character"
        case .tooLong(let bytes, let maximum): "is \(bytes) bytes long; accepted are at most \(maximum)"
        case .controlCharacter(let offset):
            "has a control character at byte \(offset); accepted is text without control characters"
        }
    }
}

/// For names that are written in code. A literal that is no identifier is an error of the program.
extension Identifier: ExpressibleByStringLiteral {
    public init(stringLiteral text: StaticString) {
        do throws(IdentifierError) {
            try self.init("\(text)")
        } catch {
            preconditionFailure("the identifier \(error)")
        }
    }
}

extension Identifier: Codable {
    public init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
