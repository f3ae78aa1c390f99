/// The HTTP proxy that all deliveries go through, where a network permits no other way out.
///
/// Every connection is a tunnel (`CONNECT`, RFC 9110 section 9.3.6), for `http` too: so the proxy is told the address that
/// was judged, never a name that it could resolve to another one, and the `Host` header arrives as it was sent. The proxy
/// has to permit tunnels to the ports that are used.
public struct ForwardProxy: Sendable, Hashable {
    /// In lower case, an address without brackets.
    public let host: String
    public let port: Int
    let address: IPAddress?
    /// The value of `Proxy-Authorization`.
    let authorization: String?

    /// Reads `http://host:port` or `http://user:password@host:port`; bytes of user and password may be percent-encoded.
    public init(_ text: String) throws(ForwardProxyError) {
        let start = "http://"
        guard ASCII.lowercased(text).hasPrefix(start) else { throw .scheme }
        var rest = Array(text.utf8.dropFirst(start.count))
        if rest.last == UInt8(ascii: "/") { rest.removeLast() }
        if let at = rest.lastIndex(of: UInt8(ascii: "@")) {
            guard let credentials = Self.decoded(rest[..<at]), credentials.contains(UInt8(ascii: ":")) else {
                throw .credentials
            }
            authorization = "Basic " + Base64.text(credentials)
            rest.removeFirst(at + 1)
        } else {
            authorization = nil
        }
        // The host of a proxy is written as that of a URL, so it is read as one.
        guard let url = try? WebhookURL(start + String(decoding: rest, as: UTF8.self)), url.requestTarget == "/" else {
            throw .host
        }
        host = url.host
        address = url.address
        port = url.port
    }

    private static func decoded(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
        var result: [UInt8] = []
        var index = bytes.startIndex
        while index < bytes.endIndex {
            if bytes[index] == UInt8(ascii: "%") {
                guard index + 2 < bytes.endIndex, let high = ASCII.hexadecimalDigit(bytes[index + 1]),
                    let low = ASCII.hexadecimalDigit(bytes[index + 2])
                else { return nil }
                result.append(high << 4 | low)
                index += 3
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return result
    }
}

/// Without the password, so that a log or a backtrace does not show it.
extension ForwardProxy: CustomStringConvertible {
    public var description: String { "http://\(authorization == nil ? "" : "***@")\(host):\(port)" }
}

/// Why a text is no proxy.
public enum ForwardProxyError: Error, Equatable, CustomStringConvertible {
    case scheme
    case credentials
    case host

    public var description: String {
        switch self {
        case .scheme: "has no scheme that proxies use; accepted is http://host:port"
        case .credentials: "has invalid credentials; accepted is http://user:password@host:port, percent-encoded"
        case .host: "has no valid host and port; accepted is http://host:port"
        }
    }
}
