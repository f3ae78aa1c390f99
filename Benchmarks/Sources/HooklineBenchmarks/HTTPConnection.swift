import Glibc

/// One connection that is kept, with blocking calls: what costs the CPUs least beside the server that is measured.
final class HTTPConnection {
    private let socket: Int32
    private var received = [UInt8](repeating: 0, count: 65_536)

    private static let timeoutSeconds = 30

    init(port: UInt16) throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard socket >= 0 else { throw Failure("no socket: errno \(errno)") }
        var on: Int32 = 1
        setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        var timeout = timeval(tv_sec: Self.timeoutSeconds, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            close(socket)
            throw Failure("port \(port) refuses the connection: errno \(errno)")
        }
    }

    deinit {
        close(socket)
    }

    static func head(_ method: String, _ path: String, key: String, bodyBytes: Int) -> String {
        var lines = ["\(method) \(path) HTTP/1.1", "Host: 127.0.0.1", "Authorization: Bearer \(key)"]
        if bodyBytes > 0 { lines += ["Content-Type: application/json", "Content-Length: \(bodyBytes)"] }
        return lines.joined(separator: "\r\n") + "\r\n\r\n"
    }

    /// Sends a whole request and reads its answer: the status, and where the body lies in what was received.
    func exchange(_ request: UnsafeRawBufferPointer) throws -> (status: Int, body: ArraySlice<UInt8>) {
        var sent = 0
        while sent < request.count {
            let count = Glibc.send(socket, request.baseAddress! + sent, request.count - sent, Int32(MSG_NOSIGNAL))
            guard count > 0 else { throw Failure("a request cannot be sent: errno \(errno)") }
            sent += count
        }
        var filled = try receive(at: 0)
        var head = AnswerHead(received[..<filled])
        while head == nil {
            filled += try receive(at: filled)
            head = AnswerHead(received[..<filled])
        }
        guard let head else { throw Failure("an answer without a head") }
        let end = head.length + head.bodyLength
        while filled < end { filled += try receive(at: filled) }
        return (head.status, received[head.length..<end])
    }

    /// The same for a text. Answers the body.
    func send(_ method: String, _ path: String, key: String, body: String = "") throws -> String {
        let bytes = Array((Self.head(method, path, key: key, bodyBytes: body.utf8.count) + body).utf8)
        let answer = try bytes.withUnsafeBytes { try exchange($0) }
        let text = String(decoding: answer.body, as: UTF8.self)
        guard (200..<300).contains(answer.status) else { throw Failure("\(path) answers \(answer.status): \(text)") }
        return text
    }

    private func receive(at offset: Int) throws -> Int {
        if offset == received.count { received += [UInt8](repeating: 0, count: received.count) }
        let room = received.count - offset
        let count = received.withUnsafeMutableBytes { recv(socket, $0.baseAddress! + offset, room, 0) }
        guard count > 0 else { throw Failure("the server ends the connection: errno \(errno)") }
        return count
    }
}

/// The only two things of an answer's head that matter here.
private struct AnswerHead {
    let status: Int
    let length: Int
    let bodyLength: Int

    private static let lengthField = Array("content-length:".utf8)

    /// Nil where the head has not arrived in full.
    init?(_ bytes: ArraySlice<UInt8>) {
        let found = bytes.withUnsafeBufferPointer { bytes -> (Int, Int, Int)? in
            guard bytes.count >= 16 else { return nil }
            let status = bytes[9..<12].reduce(0) { $0 * 10 + Int($1 &- 0x30) }
            var bodyLength = 0
            var line = 0
            var index = 12
            while index + 1 < bytes.count {
                guard bytes[index] == 0x0D, bytes[index + 1] == 0x0A else {
                    index += 1
                    continue
                }
                if index == line { return (status, index + 2, bodyLength) }
                if let length = Self.bodyLength(bytes[line..<index]) { bodyLength = length }
                index += 2
                line = index
            }
            return nil
        }
        guard let found else { return nil }
        (status, length, bodyLength) = found
    }

    private static func bodyLength(_ line: Slice<UnsafeBufferPointer<UInt8>>) -> Int? {
        guard line.count > lengthField.count, zip(line, lengthField).allSatisfy({ $0 | 0x20 == $1 | 0x20 }) else {
            return nil
        }
        return line.dropFirst(lengthField.count).reduce(0) { sum, byte in
            (0x30...0x39).contains(byte) ? sum * 10 + Int(byte - 0x30) : sum
        }
    }
}
