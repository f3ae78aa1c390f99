import NIOCore

/// Writes requests of HTTP/1.1 as bytes (RFC 9112 section 3).
struct RequestWriter {
    private let userAgent: String

    /// A body up to this size is copied behind its head, so that both leave in one packet and one TLS record.
    static let maximumCopiedBodyBytes = 16_384

    init(userAgent: String) {
        self.userAgent = userAgent
    }

    /// Appends a POST without its body.
    ///
    /// - Returns: the name of a header that is none, in which case the buffer is of no use; else nil. Headers were checked
    ///   when they were stored; here a mistake anywhere before cannot become a second header or request.
    func writeHead(_ request: borrowing ExchangeRequest, to buffer: inout ByteBuffer) -> String? {
        buffer.writeString("POST ")
        buffer.writeString(request.url.requestTarget)
        buffer.writeString(" HTTP/1.1\r\nhost: ")
        buffer.writeString(request.url.hostHeader)
        buffer.writeString("\r\n")
        var namesAgent = false
        var namesAccept = false
        for (name, value) in request.headers {
            guard Self.isSafe(name, value) else { return name }
            Self.writeLine(name, value, to: &buffer)
            namesAgent = namesAgent || name.utf8.count == 10 && ASCII.lowercased(name) == "user-agent"
            namesAccept = namesAccept || name.utf8.count == 6 && ASCII.lowercased(name) == "accept"
        }
        if !namesAgent { Self.writeLine("user-agent", userAgent, to: &buffer) }
        if !namesAccept { Self.writeLine("accept", "*/*", to: &buffer) }
        buffer.writeString("content-length: ")
        buffer.writeString(String(request.body.readableBytes))
        buffer.writeString("\r\n\r\n")
        return nil
    }

    /// A request for a tunnel to an address.
    static func connect(to address: IPAddress, port: Int, authorization: String?) -> ByteBuffer {
        let target = if case .v6 = address { "[\(address)]:\(port)" } else { "\(address):\(port)" }
        let credentials = authorization.map { "proxy-authorization: \($0)\r\n" } ?? ""
        return ByteBuffer(string: "CONNECT \(target) HTTP/1.1\r\nhost: \(target)\r\n\(credentials)\r\n")
    }

    private static func writeLine(_ name: String, _ value: String, to buffer: inout ByteBuffer) {
        buffer.writeString(name)
        buffer.writeString(": ")
        buffer.writeString(value)
        buffer.writeString("\r\n")
    }

    private static func isSafe(_ name: String, _ value: String) -> Bool {
        !name.utf8.isEmpty && name.utf8.allSatisfy(ASCII.isTokenCharacter)
            && value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
    }
}
