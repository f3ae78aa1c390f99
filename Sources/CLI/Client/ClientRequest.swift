import HooklinePrimitives

/// One request of the HTTP API.
struct ClientRequest: Sendable {
    enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"
    }

    let method: Method
    /// With the query, encoded: `/v1/experiments?limit=10`.
    let path: String
    var body: [UInt8] = []
    var contentType: String?

    static let jsonType = "application/json"
    static let linesType = "application/x-ndjson"

    /// - Parameters:
    ///   - segments: of the path after `/v1`, not encoded.
    ///   - query: parameters; those without a value are left out.
    init(
        _ method: Method,
        _ segments: String...,
        query: [(name: String, value: String?)] = [],
        json: JSON? = nil
    ) {
        self.method = method
        var path = "/v1"
        for segment in segments { path += "/" + URLEncoding.encoded(segment) }
        let given = query.compactMap { item in item.value.map { "\(item.name)=\(URLEncoding.encoded($0))" } }
        self.path = given.isEmpty ? path : "\(path)?\(given.joined(separator: "&"))"
        if let json {
            body = json.encoded()
            contentType = Self.jsonType
        }
    }
}

/// Percent-encoding (RFC 3986 section 2.1).
enum URLEncoding {
    /// A segment of a path or a value of a query: everything but the unreserved characters is escaped.
    static func encoded(_ text: String) -> String {
        var encoded = ""
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E:
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            default: encoded += (byte < 0x10 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
            }
        }
        // These two would be taken for steps in the folders of the path.
        return encoded == "." || encoded == ".." ? encoded.replacing(".", with: "%2E") : encoded
    }
}
