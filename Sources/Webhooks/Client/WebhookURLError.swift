/// Why a text is no URL of a webhook. The description is to follow the name of the field.
public enum WebhookURLError: Error, Equatable, CustomStringConvertible {
    case empty
    case tooLong(bytes: Int)
    /// A byte that no URL has, such as a space, a control character, a backslash, or a letter outside of ASCII.
    case character(code: UInt8, offset: Int)
    /// A `%` without two hexadecimal digits.
    case percentEncoding(offset: Int)
    case scheme
    case credentials
    case fragment
    case host(problem: String)
    case port

    public var description: String {
        switch self {
        case .empty: "is empty; accepted is an https URL"
        case .tooLong(let bytes):
            "is \(bytes) bytes long; accepted are at most \(WebhookURL.maximumBytes)"
        case .character(let code, let offset) where code >= 0x80:
            "is not ASCII at byte \(offset); accepted are a host in punycode (xn--) and percent-encoded bytes"
        case .character(let code, let offset):
            "has the byte 0x\(code < 16 ? "0" : "")\(String(code, radix: 16)) at \(offset); accepted are the characters of"
                + " RFC 3986, others percent-encoded"
        case .percentEncoding(let offset):
            "has a '%' without two hexadecimal digits at byte \(offset); accepted is a percent-encoded byte"
        case .scheme: "has no scheme that webhooks use; accepted is a URL that starts with https://"
        case .credentials:
            "has a user or password before the host; accepted is a URL without, with the credentials in a header"
        case .fragment: "has a fragment, which is never sent; accepted is a URL without '#'"
        case .host(let problem): "has a host that \(problem)"
        case .port: "has an invalid port; accepted are 1 to 65535"
        }
    }
}
