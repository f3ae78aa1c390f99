/// The six kinds of value of RFC 8259 section 3.
public enum JSONKind: Sendable, Equatable {
    case null, bool, number, string, array, object
}

extension JSONKind: CustomStringConvertible {
    /// The word for messages: `null`, `a boolean`, `a number`, `text`, `an array`, `an object`.
    public var description: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .number: "a number"
        case .string: "text"
        case .array: "an array"
        case .object: "an object"
        }
    }
}
