import GRDB
import GRDBSQLite
internal import HooklineStorage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

extension StorageError {
    /// The failure that a connection reported last.
    init(connection: OpaquePointer, resultCode: CInt) {
        let message = sqlite3_errmsg(connection).map { String(cString: $0) } ?? "no message"
        let extended = sqlite3_extended_errcode(connection)
        // The connection remembers its last failure, which is not this one where a call was refused before it began.
        let code = extended & 0xFF == resultCode & 0xFF ? extended : resultCode
        self.init(code: code, message: message, systemError: sqlite3_system_errno(connection))
    }

    init(_ error: DatabaseError) {
        self.init(code: error.extendedResultCode.rawValue, message: error.message ?? "no message", systemError: 0)
    }

    /// - Parameter code: the extended result code (https://www.sqlite.org/rescode.html).
    init(code: CInt, message: String, systemError: CInt) {
        let name = Self.codeName(code)
        switch code & 0xFF {
        case SQLITE_BUSY, SQLITE_LOCKED: self = .busy(code: name)
        case SQLITE_FULL: self = .full(code: name)
        // The shared memory of the log is grown with calls whose lack of space SQLite reports as an I/O error.
        case SQLITE_IOERR where systemError == ENOSPC || systemError == EDQUOT: self = .full(code: name)
        case SQLITE_IOERR, SQLITE_CANTOPEN, SQLITE_NOMEM, SQLITE_PROTOCOL, SQLITE_PERM:
            self = .unavailable(code: name, message: message)
        case SQLITE_READONLY: self = .readOnly(code: name)
        case SQLITE_CORRUPT, SQLITE_NOTADB: self = .corrupt(code: name, message: message)
        case SQLITE_CONSTRAINT: self = .constraint(code: name, message: message)
        default: self = .failed(code: name, message: message)
        }
    }

    /// `SQLITE_FULL(13)`: the name of the primary code and the number of the extended one.
    static func codeName(_ code: CInt) -> String {
        let index = Int(code & 0xFF)
        let name = index < primaryNames.count ? primaryNames[index] : "SQLITE_ERROR"
        return "\(name)(\(code))"
    }

    /// By number, from 0.
    private static let primaryNames = [
        "SQLITE_OK", "SQLITE_ERROR", "SQLITE_INTERNAL", "SQLITE_PERM", "SQLITE_ABORT", "SQLITE_BUSY", "SQLITE_LOCKED",
        "SQLITE_NOMEM", "SQLITE_READONLY", "SQLITE_INTERRUPT", "SQLITE_IOERR", "SQLITE_CORRUPT", "SQLITE_NOTFOUND",
        "SQLITE_FULL", "SQLITE_CANTOPEN", "SQLITE_PROTOCOL", "SQLITE_EMPTY", "SQLITE_SCHEMA", "SQLITE_TOOBIG",
        "SQLITE_CONSTRAINT", "SQLITE_MISMATCH", "SQLITE_MISUSE", "SQLITE_NOLFS", "SQLITE_AUTH", "SQLITE_FORMAT",
        "SQLITE_RANGE", "SQLITE_NOTADB",
    ]
}

/// Runs `body`, and answers what GRDB threw as the error that callers know.
func mappingDatabaseErrors<Result>(_ body: () throws -> Result) throws -> Result {
    do {
        return try body()
    } catch let error as DatabaseError {
        throw StorageError(error)
    }
}
