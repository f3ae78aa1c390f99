import CLibPQ
internal import HooklineStorage

/// The keywords and values that libpq connects with: those of the URL and Hookline's own.
struct ConnectionParameters: Sendable {
    private let keywords: [String]
    private let values: [String]

    /// - Throws: `StorageError.invalidAddress` where the URL cannot be read.
    init(_ configuration: PostgresConfiguration) throws {
        guard configuration.url.hasPrefix("postgres://") || configuration.url.hasPrefix("postgresql://") else {
            throw StorageError.invalidAddress(problem: "accepted is postgres://user:password@host:port/database")
        }
        var parameters = try Self.parse(configuration.url)
        // libpq reads the ports only when it connects, which would look like a server that is down.
        let ports = parameters["port"]?.split(separator: ",") ?? []
        guard ports.allSatisfy({ UInt16($0).map { $0 > 0 } == true }) else {
            throw StorageError.invalidAddress(problem: "the port is no number from 1 to 65535")
        }
        func byDefault(_ keyword: String, _ value: some CustomStringConvertible) {
            if parameters[keyword] == nil { parameters[keyword] = value.description }
        }
        byDefault("application_name", "hookline")
        byDefault("connect_timeout", configuration.connectTimeoutSeconds)
        byDefault("tcp_user_timeout", PostgresConfiguration.unansweredTimeoutMilliseconds)
        byDefault("keepalives_idle", PostgresConfiguration.unansweredTimeoutMilliseconds / 2000)
        byDefault("keepalives_interval", PostgresConfiguration.unansweredTimeoutMilliseconds / 6000)
        byDefault("keepalives_count", 3)
        // Text is sent and read as UTF-8 whatever the environment says.
        parameters["client_encoding"] = "UTF8"
        let own =
            "-c statement_timeout=\(configuration.statementTimeoutMilliseconds)"
            + " -c idle_in_transaction_session_timeout=\(PostgresConfiguration.idleInTransactionTimeoutMilliseconds)"
        // The last one counts: that of the URL.
        parameters["options"] = [own, parameters["options"] ?? ""].joined(separator: " ")
        keywords = Array(parameters.keys)
        values = keywords.map { parameters[$0] ?? "" }
    }

    /// Connects, which blocks for at most the connect timeout for each address of the host.
    ///
    /// - Throws: `StorageError.unavailable`.
    func connect() throws -> OpaquePointer {
        let pointer = withCStrings(keywords) { keywords in
            withCStrings(values) { values in PQconnectdbParams(keywords, values, 0) }
        }
        guard let pointer else {
            throw StorageError.unavailable(code: "53200", message: "no memory for a connection")
        }
        guard PQstatus(pointer) == CONNECTION_OK else {
            defer { PQfinish(pointer) }
            // libpq keeps no SQLSTATE of an attempt to connect.
            throw StorageError.unavailable(code: "08001", message: message(of: pointer))
        }
        return pointer
    }

    private static func parse(_ url: String) throws -> [String: String] {
        var problem: UnsafeMutablePointer<CChar>?
        defer { PQfreemem(problem) }
        guard let options = PQconninfoParse(url, &problem) else {
            throw StorageError.invalidAddress(problem: problem.map { trimmed(String(cString: $0)) } ?? "no memory")
        }
        defer { PQconninfoFree(options) }
        var parameters: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { parameters[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        return parameters
    }
}

/// Calls `body` with a list of C strings that ends with a null pointer.
private func withCStrings<Result>(
    _ strings: [String],
    _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
) -> Result {
    var bytes: [CChar] = []
    var offsets: [Int] = []
    for string in strings {
        offsets.append(bytes.count)
        bytes += string.utf8CString
    }
    return bytes.withUnsafeBufferPointer { buffer in
        var pointers = offsets.map { offset in buffer.baseAddress.map { $0 + offset } }
        pointers.append(nil)
        return body(pointers)
    }
}

/// What libpq says about a connection, on one line.
func message(of connection: OpaquePointer) -> String {
    trimmed(String(cString: PQerrorMessage(connection)))
}

private func trimmed(_ message: String) -> String {
    message.split(whereSeparator: \.isNewline).joined(separator: " ")
}
