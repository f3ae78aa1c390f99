import CLibPQ
internal import HooklineStorage

extension StorageError {
    /// - Parameter sqlState: five characters (https://www.postgresql.org/docs/current/errcodes-appendix.html).
    init(sqlState: String, message: String) {
        switch sqlState {
        case "53100", "53400": self = .full(code: sqlState)
        case "25006": self = .readOnly(code: sqlState)
        // A lock that was not to be waited for, an object that others use.
        case "55P03", "55006": self = .busy(code: sqlState)
        case "XX001", "XX002": self = .corrupt(code: sqlState, message: message)
        default:
            switch sqlState.prefix(2) {
            // Connections, resources of the server, operators (a timeout of a statement is one), its file system.
            case "08", "53", "57", "58": self = .unavailable(code: sqlState, message: message)
            case "23": self = .constraint(code: sqlState, message: message)
            case "40": self = .conflict(code: sqlState)
            default: self = .failed(code: sqlState, message: message)
            }
        }
    }

    /// The failure of a statement. Without an SQLSTATE the connection broke.
    init(result: OpaquePointer?, connection: OpaquePointer) {
        if let result, let state = PQresultErrorField(result, Int32(UInt8(ascii: "C"))) {
            let text = PQresultErrorField(result, Int32(UInt8(ascii: "M"))).map { String(cString: $0) }
            self.init(sqlState: String(cString: state), message: text ?? "no message")
        } else if PQstatus(connection) == CONNECTION_OK {
            self = .failed(code: "HY000", message: message(of: connection))
        } else {
            self = .unavailable(code: "08006", message: message(of: connection))
        }
    }

    /// The connection broke after COMMIT was sent. Only the caller can find out whether it happened.
    static func unknownOutcome(_ connection: OpaquePointer) -> StorageError {
        .unavailable(
            code: "08007",
            message: "the connection broke during COMMIT, whether it happened is unknown: \(message(of: connection))"
        )
    }
}
