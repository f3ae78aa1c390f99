import GRDB
import GRDBSQLite
internal import HooklineStorage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A statement of one connection, bound and stepped through SQLite's C interface: GRDB's conversion of arguments and
/// rows costs more than the statement itself.
final class PreparedStatement {
    let isReadOnly: Bool
    private let pointer: OpaquePointer
    private let connection: OpaquePointer
    /// Owns `pointer`.
    private let statement: GRDB.Statement
    private var columns: HooklineStorage.Row.Columns?

    init(_ statement: GRDB.Statement, connection: OpaquePointer) {
        self.statement = statement
        self.connection = connection
        pointer = statement.sqliteStatement
        isReadOnly = sqlite3_stmt_readonly(pointer) != 0
    }

    /// Steps to the end, and answers every row.
    func rows(_ values: [Value]) throws -> [HooklineStorage.Row] {
        defer { reset() }
        try bind(values)
        var rows: [HooklineStorage.Row] = []
        while try step() {
            let columns = currentColumns()
            rows.append(HooklineStorage.Row(columns: columns, values: currentValues(count: columns.names.count)))
        }
        return rows
    }

    /// Steps to the end, past any rows.
    func run(_ values: [Value]) throws {
        defer { reset() }
        try bind(values)
        while try step() {}
    }

    private func step() throws -> Bool {
        let code = sqlite3_step(pointer)
        switch code {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default: throw StorageError(connection: connection, resultCode: code)
        }
    }

    private func reset() {
        sqlite3_reset(pointer)
        // Lets go of the copies of long texts and blobs.
        sqlite3_clear_bindings(pointer)
    }

    // MARK: Binding

    private func bind(_ values: [Value]) throws {
        for (index, value) in values.enumerated() {
            let code = try bind(value, at: CInt(truncatingIfNeeded: index + 1))
            guard code == SQLITE_OK else { throw StorageError(connection: connection, resultCode: code) }
        }
    }

    private func bind(_ value: Value, at index: CInt) throws -> CInt {
        switch value {
        case .null: return sqlite3_bind_null(pointer, index)
        case .integer(let integer): return sqlite3_bind_int64(pointer, index, integer)
        case .double(let double):
            guard !double.isNaN else { throw RefusedValue.notANumber }
            return sqlite3_bind_double(pointer, index, double)
        case .text(var text):
            return try text.withUTF8 { bytes in
                // An empty text needs an address, or SQLite binds NULL.
                guard let start = bytes.baseAddress, !bytes.isEmpty else {
                    return sqlite3_bind_text(pointer, index, "", 0, transient)
                }
                guard memchr(start, 0, bytes.count) == nil else { throw RefusedValue.nullCharacter }
                return start.withMemoryRebound(to: CChar.self, capacity: bytes.count) {
                    sqlite3_bind_text64(pointer, index, $0, UInt64(bytes.count), transient, UInt8(SQLITE_UTF8))
                }
            }
        case .blob(let blob):
            return blob.withUnsafeBytes { bytes in
                guard let start = bytes.baseAddress, !bytes.isEmpty else {
                    return sqlite3_bind_zeroblob(pointer, index, 0)
                }
                return sqlite3_bind_blob64(pointer, index, start, UInt64(bytes.count), transient)
            }
        }
    }

    // MARK: Reading

    /// The columns, read once. A change of the schema may prepare the statement anew with other ones, hence the check.
    private func currentColumns() -> HooklineStorage.Row.Columns {
        let count = sqlite3_column_count(pointer)
        if let columns, columns.names.count == Int(count) { return columns }
        let read = HooklineStorage.Row.Columns((0..<count).map { String(cString: sqlite3_column_name(pointer, $0)) })
        columns = read
        return read
    }

    private func currentValues(count: Int) -> [Value] {
        [Value](unsafeUninitializedCapacity: count) { buffer, initialized in
            for index in 0..<count {
                buffer.initializeElement(at: index, to: value(at: CInt(truncatingIfNeeded: index)))
            }
            initialized = count
        }
    }

    private func value(at index: CInt) -> Value {
        switch sqlite3_column_type(pointer, index) {
        case SQLITE_INTEGER: return .integer(sqlite3_column_int64(pointer, index))
        case SQLITE_FLOAT: return .double(sqlite3_column_double(pointer, index))
        case SQLITE_TEXT:
            guard let start = sqlite3_column_text(pointer, index) else { return .text("") }
            let count = Int(sqlite3_column_bytes(pointer, index))
            return .text(String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self))
        case SQLITE_BLOB:
            guard let start = sqlite3_column_blob(pointer, index) else { return .blob([]) }
            let count = Int(sqlite3_column_bytes(pointer, index))
            return .blob([UInt8](UnsafeRawBufferPointer(start: start, count: count)))
        default: return .null
        }
    }
}

/// Tells SQLite to copy what is bound.
private let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
