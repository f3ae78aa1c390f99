public import HooklinePrimitives

/// One row of a result, read by column name.
public struct Row: Sendable {
    /// The names of a result's columns, shared by its rows.
    public final class Columns: Sendable {
        public let names: [String]
        let indexes: [String: Int]

        public init(_ names: [String]) {
            self.names = names
            indexes = Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        }
    }

    public let columns: Columns
    public let values: [Value]

    public init(columns: Columns, values: [Value]) {
        self.columns = columns
        self.values = values
    }

    /// The value of a column. Asking for one that the statement does not return is an error of the program.
    public subscript(column: String) -> Value {
        guard let index = columns.indexes[column] else {
            preconditionFailure("the result has no column '\(column)', it has \(columns.names)")
        }
        return values[index]
    }

    public func optionalInteger(_ column: String) throws -> Int64? {
        switch self[column] {
        case .null: nil
        case .integer(let value): value
        case let other: throw StorageError.unexpectedValue(column: column, expected: "integer", found: other.kind)
        }
    }

    public func optionalDouble(_ column: String) throws -> Double? {
        switch self[column] {
        case .null: nil
        case .double(let value): value
        // SQLite keeps a whole number in a REAL column, and answers it, as an integer where that is smaller.
        case .integer(let value): Double(value)
        case let other: throw StorageError.unexpectedValue(column: column, expected: "double", found: other.kind)
        }
    }

    public func optionalText(_ column: String) throws -> String? {
        switch self[column] {
        case .null: nil
        case .text(let value): value
        case let other: throw StorageError.unexpectedValue(column: column, expected: "text", found: other.kind)
        }
    }

    public func optionalBlob(_ column: String) throws -> [UInt8]? {
        switch self[column] {
        case .null: nil
        case .blob(let value): value
        case let other: throw StorageError.unexpectedValue(column: column, expected: "blob", found: other.kind)
        }
    }

    public func integer(_ column: String) throws -> Int64 { try required(optionalInteger(column), column) }
    public func double(_ column: String) throws -> Double { try required(optionalDouble(column), column) }
    public func text(_ column: String) throws -> String { try required(optionalText(column), column) }
    public func blob(_ column: String) throws -> [UInt8] { try required(optionalBlob(column), column) }
    public func flag(_ column: String) throws -> Bool { try integer(column) != 0 }

    public func identifier(_ column: String) throws -> Identifier { Identifier(unchecked: try text(column)) }
    public func optionalIdentifier(_ column: String) throws -> Identifier? {
        try optionalText(column).map(Identifier.init(unchecked:))
    }

    public func timestamp(_ column: String) throws -> Timestamp { Timestamp(milliseconds: try integer(column)) }
    public func optionalTimestamp(_ column: String) throws -> Timestamp? {
        try optionalInteger(column).map(Timestamp.init(milliseconds:))
    }

    private func required<T>(_ value: T?, _ column: String) throws -> T {
        guard let value else {
            throw StorageError.unexpectedValue(column: column, expected: "a value", found: "null")
        }
        return value
    }
}

extension Value {
    var kind: String {
        switch self {
        case .null: "null"
        case .integer: "integer"
        case .double: "double"
        case .text: "text"
        case .blob: "blob"
        }
    }
}
