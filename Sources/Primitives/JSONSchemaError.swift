/// Why a value is no JSON Schema that Hookline takes.
public enum JSONSchemaError: Error, Equatable, Sendable {
    /// The specification does not allow it. `pointer` is the place in the schema, as a JSON pointer (RFC 6901).
    case invalid(pointer: String, problem: String)
    /// The specification allows it, but it is not supported: write the schema without it.
    case unsupported(pointer: String, problem: String)
    /// The schema as text without white space is too long.
    case tooLarge(bytes: Int, maximumBytes: Int)
}

extension JSONSchemaError: CustomStringConvertible {
    /// A sentence for the author of the schema: `/properties/title/type is 'txt'; accepted are ...`.
    public var description: String {
        switch self {
        case .invalid(let pointer, let problem), .unsupported(let pointer, let problem):
            "\(pointer.isEmpty ? "the schema" : pointer) \(problem)"
        case .tooLarge(let bytes, let maximum): "the schema is \(bytes) bytes long; accepted are at most \(maximum)"
        }
    }
}
