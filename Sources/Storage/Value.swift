public import HooklinePrimitives

/// What a column holds, and what a statement binds.
///
/// Text with U+0000 and a double that is not a number are refused with `StorageError.failed`: one of the two databases
/// would change them silently. Infinities are kept, and a negative zero may lose its sign.
public enum Value: Sendable, Equatable {
    case null
    case integer(Int64)
    case double(Double)
    case text(String)
    case blob([UInt8])
}

/// A type that a statement can bind.
public protocol ValueConvertible {
    var storageValue: Value { get }
}

extension Value: ValueConvertible {
    public var storageValue: Value { self }
}

extension Int64: ValueConvertible {
    public var storageValue: Value { .integer(self) }
}

extension Int: ValueConvertible {
    public var storageValue: Value { .integer(Int64(self)) }
}

/// Flags are kept as 0 and 1, which both databases compare alike.
extension Bool: ValueConvertible {
    public var storageValue: Value { .integer(self ? 1 : 0) }
}

extension Double: ValueConvertible {
    public var storageValue: Value { .double(self) }
}

extension String: ValueConvertible {
    public var storageValue: Value { .text(self) }
}

extension [UInt8]: ValueConvertible {
    public var storageValue: Value { .blob(self) }
}

extension Identifier: ValueConvertible {
    public var storageValue: Value { .text(text) }
}

extension Timestamp: ValueConvertible {
    public var storageValue: Value { .integer(milliseconds) }
}

extension Optional: ValueConvertible where Wrapped: ValueConvertible {
    public var storageValue: Value { self?.storageValue ?? .null }
}
