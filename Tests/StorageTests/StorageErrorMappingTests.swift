import GRDBSQLite
import HooklineStorage
import Testing

@testable import HooklineStoragePostgres
@testable import HooklineStorageSQLite

/// Codes of both engines, and what a caller can do about them.
@Suite struct StorageErrorMappingTests {
    @Test(arguments: [
        ("08006", StorageError.unavailable(code: "08006", message: "m")),
        ("57P01", .unavailable(code: "57P01", message: "m")), ("57014", .unavailable(code: "57014", message: "m")),
        ("53300", .unavailable(code: "53300", message: "m")), ("58030", .unavailable(code: "58030", message: "m")),
        ("53100", .full(code: "53100")), ("23505", .constraint(code: "23505", message: "m")),
        ("25006", .readOnly(code: "25006")), ("40001", .conflict(code: "40001")), ("40P01", .conflict(code: "40P01")),
        ("55P03", .busy(code: "55P03")), ("XX001", .corrupt(code: "XX001", message: "m")),
        ("42601", .failed(code: "42601", message: "m")),
    ])
    func sqlStates(code: String, error: StorageError) {
        #expect(StorageError(sqlState: code, message: "m") == error)
    }

    @Test(arguments: [
        (SQLITE_FULL, StorageError.full(code: "SQLITE_FULL(13)")), (SQLITE_BUSY, .busy(code: "SQLITE_BUSY(5)")),
        (517, .busy(code: "SQLITE_BUSY(517)")), (SQLITE_LOCKED, .busy(code: "SQLITE_LOCKED(6)")),
        (SQLITE_READONLY, .readOnly(code: "SQLITE_READONLY(8)")), (1032, .readOnly(code: "SQLITE_READONLY(1032)")),
        (SQLITE_CORRUPT, .corrupt(code: "SQLITE_CORRUPT(11)", message: "m")),
        (SQLITE_NOTADB, .corrupt(code: "SQLITE_NOTADB(26)", message: "m")),
        (SQLITE_CANTOPEN, .unavailable(code: "SQLITE_CANTOPEN(14)", message: "m")),
        (SQLITE_IOERR, .unavailable(code: "SQLITE_IOERR(10)", message: "m")),
        (2067, .constraint(code: "SQLITE_CONSTRAINT(2067)", message: "m")),
        (SQLITE_ERROR, .failed(code: "SQLITE_ERROR(1)", message: "m")),
        (SQLITE_MISUSE, .failed(code: "SQLITE_MISUSE(21)", message: "m")),
    ])
    func resultCodes(code: CInt, error: StorageError) {
        #expect(StorageError(code: code, message: "m", systemError: 0) == error)
    }

    /// The log's shared memory reports a full disk as an I/O error.
    @Test func aFullDiskByItsSystemError() {
        let error = StorageError(code: SQLITE_IOERR, message: "m", systemError: 28)
        #expect(error == .full(code: "SQLITE_IOERR(10)"))
    }
}
