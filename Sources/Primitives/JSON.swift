/// A JSON value (RFC 8259), for bodies and answers.
///
/// Where millions of values pass, read them with `JSONScanner` instead, which builds no tree.
public enum JSON: Sendable {
    case null
    case bool(Bool)
    /// A number written without fraction and exponent.
    case integer(Int64)
    /// Any other number. It must be finite to be encoded: JSON has neither infinity nor NaN.
    case number(Double)
    case string(String)
    case array([JSON])
    case object(JSONObject)
    /// JSON that is spliced in verbatim when the value is encoded; for all accessors it is opaque.
    case raw(RawJSON)
}

// MARK: - From values

extension JSON {
    /// The number, or null for nil and for what JSON cannot write: infinity and NaN.
    public init(_ value: Double?) {
        self = value.flatMap { $0.isFinite ? .number($0) : nil } ?? .null
    }

    public init(_ value: Int?) { self = value.map { .integer(Int64($0)) } ?? .null }
    public init(_ value: Int64?) { self = value.map { .integer($0) } ?? .null }
    public init(_ value: Bool?) { self = value.map { .bool($0) } ?? .null }
    public init(_ value: String?) { self = value.map { .string($0) } ?? .null }
    public init(_ value: Identifier?) { self = value.map { .string($0.text) } ?? .null }
    public init(_ value: [JSON]?) { self = value.map { .array($0) } ?? .null }
    public init(_ value: JSONObject?) { self = value.map { .object($0) } ?? .null }
    public init(_ value: RawJSON?) { self = value.map { .raw($0) } ?? .null }

    /// RFC 3339 in UTC with milliseconds.
    public init(_ value: Timestamp?) { self = value.map { .string($0.description) } ?? .null }
}

extension JSON: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByStringInterpolation,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(nilLiteral: ()) { self = .null }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(floatLiteral value: Double) { self = .number(value) }
    public init(stringLiteral value: String) { self = .string(value) }
    public init(arrayLiteral elements: JSON...) { self = .array(elements) }

    /// Keeps the order. A key that occurs twice is a programming error.
    public init(dictionaryLiteral elements: (String, JSON)...) {
        var object = JSONObject()
        for (key, value) in elements {
            let isNew = object.append(key, value)
            precondition(isNew, "the key '\(key)' occurs twice")
        }
        self = .object(object)
    }
}

// MARK: - To values

extension JSON {
    /// Nil for `.raw`, which was not looked into.
    public var kind: JSONKind? {
        switch self {
        case .null: .null
        case .bool: .bool
        case .integer, .number: .number
        case .string: .string
        case .array: .array
        case .object: .object
        case .raw: nil
        }
    }

    public var isNull: Bool { kind == .null }

    public var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The number where it is exactly a whole one that fits, however it was written: `1` and `1.0`.
    public var integer: Int64? {
        switch self {
        case .integer(let value): value
        case .number(let value): Int64(exactly: value)
        default: nil
        }
    }

    /// The number as a double: rounded, where it is an integer beyond 2^53.
    public var double: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    public var string: String? {
        if case .string(let value) = self { value } else { nil }
    }

    public var array: [JSON]? {
        if case .array(let value) = self { value } else { nil }
    }

    public var object: JSONObject? {
        if case .object(let value) = self { value } else { nil }
    }

    /// The value of a key, where this is an object that has it.
    public subscript(key: String) -> JSON? { object?[key] }

    /// An element, where this is an array that is long enough.
    public subscript(index: Int) -> JSON? {
        guard let array, array.indices.contains(index) else { return nil }
        return array[index]
    }
}

// MARK: - Equality

extension JSON: Equatable {
    /// Texts are equal when their bytes are, numbers when their values are (`1` and `1.0`), objects when they have the
    /// same members in whatever order, and raw values when their bytes are: they equal nothing else.
    public static func == (left: JSON, right: JSON) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let left), .bool(let right)): left == right
        case (.integer(let left), .integer(let right)): left == right
        case (.number(let left), .number(let right)): left == right
        case (.integer(let whole), .number(let double)), (.number(let double), .integer(let whole)):
            Int64(exactly: double) == whole
        case (.string(let left), .string(let right)): left.hasSameBytes(as: right)
        case (.array(let left), .array(let right)): left == right
        case (.object(let left), .object(let right)): left == right
        case (.raw(let left), .raw(let right)): left == right
        default: false
        }
    }
}
