import CLibPQ
internal import HooklineStorage

/// What a statement answered, in binary format.
final class PostgresResult {
    private let pointer: OpaquePointer

    /// Takes ownership of a result without error.
    init(_ pointer: OpaquePointer) {
        self.pointer = pointer
    }

    deinit {
        PQclear(pointer)
    }

    /// How many rows were inserted, updated or deleted.
    var changes: Int {
        // libpq answers the number of rows of a SELECT as well.
        guard PQresultStatus(pointer) == PGRES_COMMAND_OK || commandTag.hasPrefix("SELECT") == false else { return 0 }
        return Int(String(cString: PQcmdTuples(pointer))) ?? 0
    }

    /// `INSERT 0 1`, `COMMIT`.
    var commandTag: String { String(cString: PQcmdStatus(pointer)) }

    /// - Throws: `StorageError.unexpectedValue` where a column is of a type that a `Value` cannot hold.
    func rows() throws -> [Row] {
        let count = Int(PQntuples(pointer))
        guard count > 0 else { return [] }
        let indexes = 0..<PQnfields(pointer)
        let columns = Row.Columns(indexes.map { String(cString: PQfname(pointer, $0)) })
        let types = try indexes.map { try type(of: $0, name: columns.names[Int($0)]) }
        return try (0..<CInt(count)).map { row in
            Row(columns: columns, values: try indexes.map { try value(row, $0, types[Int($0)]) })
        }
    }

    private func type(of column: CInt, name: String) throws -> ScalarType {
        let identifier = PQftype(pointer, column)
        guard let type = ScalarType(rawValue: identifier) else {
            let found = identifier == 1700 ? "numeric" : "the type with the OID \(identifier)"
            throw StorageError.unexpectedValue(
                column: name,
                expected: "an integer, DOUBLE PRECISION, TEXT or BYTEA; write CAST(... AS one of these)",
                found: found
            )
        }
        return type
    }

    private func value(_ row: CInt, _ column: CInt, _ type: ScalarType) throws -> Value {
        guard PQgetisnull(pointer, row, column) == 0, let start = PQgetvalue(pointer, row, column) else { return .null }
        let bytes = UnsafeRawBufferPointer(start: start, count: Int(PQgetlength(pointer, row, column)))
        switch type {
        case .bool: return .integer(bytes.first == 0 ? 0 : 1)
        case .int2: return .integer(Int64(Int16(bitPattern: bytes.bigEndian())))
        case .int4: return .integer(Int64(Int32(bitPattern: bytes.bigEndian())))
        case .int8: return .integer(Int64(bitPattern: bytes.bigEndian()))
        case .oid: return .integer(Int64(bytes.bigEndian() as UInt32))
        case .float4: return .double(Double(Float(bitPattern: bytes.bigEndian())))
        case .float8: return .double(Double(bitPattern: bytes.bigEndian()))
        case .text, .varchar, .bpchar, .name, .char, .json, .unknown:
            return .text(String(decoding: bytes, as: UTF8.self))
        case .bytea: return .blob([UInt8](bytes))
        case .void: return .null
        }
    }
}

extension UnsafeRawBufferPointer {
    fileprivate func bigEndian<Integer: FixedWidthInteger>() -> Integer {
        precondition(count == MemoryLayout<Integer>.size, "the server sent \(count) bytes for a number")
        return Integer(bigEndian: loadUnaligned(as: Integer.self))
    }
}
