/// What can go wrong with a database, as a caller can act on it. `code` is the engine's own (an SQLSTATE such as
/// `40001`, or an SQLite extended result code such as `SQLITE_FULL(13)`); messages are for people, never to match.
public enum StorageError: Error, Equatable, Sendable {
    /// Another process holds the lock for longer than the busy timeout. Try again later.
    case busy(code: String)
    /// The disk, the quota or the file system is full. Nothing was stored.
    case full(code: String)
    /// The server does not answer, the file cannot be opened, the connection broke, or the pool had no free connection
    /// in time.
    case unavailable(code: String, message: String)
    /// A transaction lost against a concurrent one more often than it is retried.
    case conflict(code: String)
    /// A unique, foreign-key, not-null or check constraint refused the row.
    case constraint(code: String, message: String)
    /// The database was upgraded by a newer binary, which this one may not follow.
    case newerSchema(oldestAllowed: Int, supported: Int)
    /// The file or a page of it is damaged, or is no database.
    case corrupt(code: String, message: String)
    /// The file or the role may only read.
    case readOnly(code: String)
    /// `close()` was called before.
    case closed
    /// The database address cannot be read; says what is accepted.
    case invalidAddress(problem: String)
    /// A column holds another type than the code expects.
    case unexpectedValue(column: String, expected: String, found: String)
    /// Anything else: an error of the program, such as wrong SQL.
    case failed(code: String, message: String)

    /// The SQLSTATE or SQLite's result code; nil where the error is not the engine's.
    package var engineCode: String? {
        switch self {
        case .busy(let code), .full(let code), .conflict(let code), .readOnly(let code): code
        case .unavailable(let code, _), .constraint(let code, _), .corrupt(let code, _), .failed(let code, _): code
        case .newerSchema, .closed, .invalidAddress, .unexpectedValue: nil
        }
    }

    /// Whether the same call may succeed later without anybody changing it.
    public var isTemporary: Bool {
        switch self {
        case .busy, .full, .unavailable, .conflict, .closed: true
        case .constraint, .newerSchema, .corrupt, .readOnly, .invalidAddress, .unexpectedValue, .failed: false
        }
    }
}
