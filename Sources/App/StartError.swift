import HooklineStorage
import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Why a server or a command does not start: one line for its user, and the exit status of `sysexits.h`.
public struct StartError: Error, Equatable, CustomStringConvertible {
    public enum ExitStatus: Int32, Sendable {
        /// The database is damaged or was made by a newer binary.
        case badData = 65
        /// A service that is needed does not answer.
        case unavailable = 69
        /// An error of the program.
        case software = 70
        /// A file or folder cannot be made or opened.
        case cannotCreate = 73
        /// The same start may work later: the database or the address is in use.
        case temporary = 75
        /// The settings are wrong.
        case configuration = 78
    }

    public let description: String
    public let status: ExitStatus

    init(_ description: String, _ status: ExitStatus) {
        self.description = description
        self.status = status
    }

    public init(_ error: ConfigurationError) {
        self.init(error.description, .configuration)
    }

    /// An error that nothing foresaw.
    public init(unexpected error: any Error) {
        self.init("stopped by an error: \(error)", .software)
    }

    /// What kept the database from being opened or migrated.
    init(_ error: any Error, database: DatabaseAddress) {
        guard let storage = error as? StorageError else {
            self.init("the database \(database) cannot be used: \(error)", .software)
            return
        }
        let (problem, status) = Self.explained(storage)
        self.init("the database \(database) \(problem)", status)
    }

    private static func explained(_ error: StorageError) -> (String, ExitStatus) {
        switch error {
        case .busy(let code): ("is locked by another process (\(code))", .temporary)
        case .conflict(let code): ("is being changed by another process (\(code))", .temporary)
        case .full(let code): ("has no space left (\(code))", .temporary)
        case .unavailable(let code, let message): ("cannot be reached: \(message.firstLine) (\(code))", .unavailable)
        case .closed: ("was closed", .software)
        case .newerSchema(let oldest, let supported):
            ("was upgraded by a newer hookline (schema \(oldest); this one knows \(supported))", .badData)
        case .corrupt(let code, let message): ("is damaged or no database: \(message.firstLine) (\(code))", .badData)
        case .readOnly(let code): ("may only be read (\(code))", .cannotCreate)
        case .invalidAddress(let problem): ("has an address that cannot be read: \(problem)", .configuration)
        case .constraint(let code, let message), .failed(let code, let message):
            ("cannot be used: \(message.firstLine) (\(code))", .software)
        case .unexpectedValue(let column, let expected, let found):
            ("holds \(found) where \(column) should be \(expected)", .badData)
        }
    }

    /// What kept the server from listening.
    init(_ error: any Error, listeningOn address: ListenAddress) {
        switch (error as? IOError)?.errnoCode {
        case EADDRINUSE: self.init("the address \(address) is in use", .temporary)
        case EACCES: self.init("the address \(address) may not be used by this user", .configuration)
        case EADDRNOTAVAIL: self.init("the address \(address) is none of this machine's", .configuration)
        default: self.init("cannot listen on \(address): \(error)", .configuration)
        }
    }
}

extension String {
    /// Messages of databases have several lines; an error here has one.
    fileprivate var firstLine: Substring { prefix { !$0.isNewline } }
}
