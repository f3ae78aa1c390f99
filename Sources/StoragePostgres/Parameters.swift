import CLibPQ
internal import HooklineStorage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The values of one statement in PostgreSQL's binary format, in one buffer.
struct Parameters {
    /// The type of each; 0 for NULL, whose type the server finds out: a wrong one would be refused.
    private(set) var types: [Oid] = []
    private var bytes: [UInt8] = []
    /// Where each value starts in `bytes`, nil for NULL.
    private var offsets: [Int?] = []
    private var lengths: [CInt] = []

    init() {}

    init(_ values: [Value]) throws {
        types.reserveCapacity(values.count)
        offsets.reserveCapacity(values.count)
        lengths.reserveCapacity(values.count)
        for value in values { try append(value) }
    }

    var count: Int { types.count }

    mutating func append(_ value: Value) throws {
        let start = bytes.count
        switch value {
        case .null:
            types.append(0)
            offsets.append(nil)
            lengths.append(0)
            return
        case .integer: types.append(ScalarType.int8.rawValue)
        case .double: types.append(ScalarType.float8.rawValue)
        case .text: types.append(ScalarType.text.rawValue)
        case .blob: types.append(ScalarType.bytea.rawValue)
        }
        try bytes.appendContents(of: value)
        offsets.append(start)
        lengths.append(CInt(bytes.count - start))
    }

    /// Appends one column of many rows as an array.
    mutating func append(column: Int, kind: BulkInsert.Column.Kind, of rows: ArraySlice<[Value]>) throws {
        let start = bytes.count
        let element = kind.scalarType
        types.append(element.arrayType)
        bytes.appendBigEndian(1 as Int32)  // dimensions
        bytes.appendBigEndian(rows.contains { $0[column] == .null } ? 1 : 0 as Int32)
        bytes.appendBigEndian(element.rawValue)
        bytes.appendBigEndian(Int32(rows.count))
        bytes.appendBigEndian(1 as Int32)  // the first index
        for row in rows {
            let value = row[column]
            guard value != .null else {
                bytes.appendBigEndian(-1 as Int32)
                continue
            }
            guard kind.accepts(value) else {
                throw StorageError.failed(code: "42804", message: "column \(column + 1) of a bulk insert is no \(kind)")
            }
            let lengthPosition = bytes.count
            bytes.appendBigEndian(0 as Int32)
            // A whole number may stand in a column of doubles, as in SQLite.
            if kind == .double, case .integer(let integer) = value {
                try bytes.appendContents(of: .double(Double(integer)))
            } else {
                try bytes.appendContents(of: value)
            }
            let length = UInt32(bytes.count - lengthPosition - 4)
            for byte in 0..<4 { bytes[lengthPosition + byte] = UInt8(truncatingIfNeeded: length >> (24 - 8 * byte)) }
        }
        offsets.append(start)
        lengths.append(CInt(bytes.count - start))
    }

    /// Calls `body` with the values, their lengths and their formats as libpq takes them.
    func withPointers<Result>(
        _ body: (_ values: [UnsafePointer<CChar>?], _ lengths: [CInt], _ formats: [CInt]) -> Result
    ) -> Result {
        // A value of no bytes needs an address as well, or libpq sends NULL.
        let bytes = bytes.isEmpty ? [0] : bytes
        return bytes.withUnsafeBytes { buffer in
            let start = buffer.assumingMemoryBound(to: CChar.self).baseAddress
            let pointers = offsets.map { offset in offset.flatMap { offset in start.map { $0 + offset } } }
            return body(pointers, lengths, [CInt](repeating: 1, count: lengths.count))
        }
    }
}

extension [UInt8] {
    mutating func appendBigEndian(_ integer: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: integer.bigEndian) { append(contentsOf: $0) }
    }

    fileprivate mutating func appendContents(of value: Value) throws {
        switch value {
        case .null: break
        case .integer(let integer): appendBigEndian(integer)
        case .double(let double):
            guard !double.isNaN else { throw RefusedValue.notANumber }
            appendBigEndian(double.bitPattern)
        case .text(var text):
            try text.withUTF8 { utf8 in
                guard let start = utf8.baseAddress, !utf8.isEmpty else { return }
                guard memchr(start, 0, utf8.count) == nil else { throw RefusedValue.nullCharacter }
                append(contentsOf: utf8)
            }
        case .blob(let blob): append(contentsOf: blob)
        }
    }
}

extension BulkInsert.Column.Kind {
    var scalarType: ScalarType {
        switch self {
        case .integer: .int8
        case .double: .float8
        case .text: .text
        case .blob: .bytea
        }
    }

    fileprivate func accepts(_ value: Value) -> Bool {
        switch (self, value) {
        case (_, .null), (.integer, .integer), (.double, .double), (.double, .integer), (.text, .text), (.blob, .blob):
            true
        default: false
        }
    }
}
