/// Where the server listens.
public struct ListenAddress: Sendable, Equatable {
    public let host: String
    /// 0 lets the system choose; the log then says which.
    public let port: Int

    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Only this machine. Who wants others to reach it puts a proxy with TLS before it, or says so.
    public static let standard = ListenAddress(host: "127.0.0.1", port: 8080)

    static let accepted = "HOST:PORT, [IPV6]:PORT, :PORT or PORT, with a port of 0 to 65535"

    /// `127.0.0.1:8080`, `[::1]:8080`, `:8080` (all addresses), `8080` (this machine); nil for anything else.
    public init?(parsing text: String) {
        if let port = Self.port(text) {
            self.init(host: Self.standard.host, port: port)
            return
        }
        guard let colon = text.lastIndex(of: ":"), let port = Self.port(text[text.index(after: colon)...]) else {
            return nil
        }
        let host = text[..<colon]
        switch (host.first, host.last) {
        case (nil, _): self.init(host: "0.0.0.0", port: port)
        case ("[", "]") where host.count > 2: self.init(host: String(host.dropFirst().dropLast()), port: port)
        default:
            guard !host.contains(where: { ":[]/ @".contains($0) }) else { return nil }
            self.init(host: String(host), port: port)
        }
    }

    private static func port(_ text: some StringProtocol) -> Int? {
        guard (1...5).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let port = Int(text), port <= 65_535
        else { return nil }
        return port
    }
}

extension ListenAddress: CustomStringConvertible {
    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
