/// Host and port of a URL (RFC 3986 section 3.2), in the one spelling that is dialled.
struct URLAuthority {
    /// The name in lower case, or the canonical text of the address.
    let host: String
    let address: IPAddress?
    /// nil where the URL names none.
    let port: Int?

    var isBracketed: Bool { if case .v6 = address { true } else { false } }

    static let maximumHostBytes = 253
    static let maximumLabelBytes = 63

    /// Reads what stands between `//` and the path.
    init(_ text: ArraySlice<UInt8>) throws(WebhookURLError) {
        guard !text.contains(UInt8(ascii: "@")) else { throw .credentials }
        guard text.first == UInt8(ascii: "[") else {
            let colon = text.firstIndex(of: UInt8(ascii: ":"))
            port = try colon.map { index throws(WebhookURLError) in try Self.port(text[(index + 1)...]) }
            let name = Array(text[..<(colon ?? text.endIndex)].map(ASCII.lowercased(_:)))
            address = try Self.check(name)
            host = address?.description ?? String(decoding: name, as: UTF8.self)
            return
        }
        guard let bracket = text.firstIndex(of: UInt8(ascii: "]")),
            let bits = IPAddress.colonGroups(text[(text.startIndex + 1)..<bracket])
        else { throw .host(problem: "is no IPv6 address; accepted is one in brackets, such as [2001:db8::1]") }
        let rest = text[(bracket + 1)...]
        guard rest.isEmpty || rest.first == UInt8(ascii: ":") else { throw .port }
        port = rest.isEmpty ? nil : try Self.port(rest.dropFirst())
        address = .v6(bits)
        host = IPAddress.v6(bits).description
    }

    private static func port(_ text: ArraySlice<UInt8>) throws(WebhookURLError) -> Int {
        guard (1...5).contains(text.count), text.allSatisfy(ASCII.isDigit),
            let port = Int(String(decoding: text, as: UTF8.self)), (1...65535).contains(port)
        else { throw .port }
        return port
    }

    /// Checks a name, and tells the address where the name is one in an old spelling.
    private static func check(_ name: [UInt8]) throws(WebhookURLError) -> IPAddress? {
        guard !name.isEmpty else { throw .host(problem: "is empty; accepted is a name or an address") }
        guard name.count <= maximumHostBytes else {
            throw .host(problem: "is \(name.count) bytes long; accepted are at most \(maximumHostBytes)")
        }
        guard name.last != UInt8(ascii: ".") else {
            throw .host(problem: "ends with a dot; accepted is the name without it")
        }
        let labels = name.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        for label in labels {
            guard (1...maximumLabelBytes).contains(label.count) else {
                throw .host(problem: "has a label of \(label.count) bytes; accepted are 1 to \(maximumLabelBytes)")
            }
            let isName = label.allSatisfy {
                ASCII.isDigit($0) || ASCII.isLetter($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
            }
            guard isName, label.first != UInt8(ascii: "-"), label.last != UInt8(ascii: "-") else {
                throw .host(
                    problem: "is no name; accepted are labels of letters, digits, '-' and '_', with dots between"
                )
            }
        }
        // No top-level domain is a number, so a last label that is one makes the host an address (WHATWG URL, section 3.5).
        guard let last = labels.last, looksNumeric(last) else { return nil }
        guard let bits = oldAddress(labels) else {
            throw .host(problem: "ends in a number but is no IPv4 address; accepted is one such as 192.0.2.1")
        }
        return .v4(bits)
    }

    private static func looksNumeric(_ label: ArraySlice<UInt8>) -> Bool {
        label.allSatisfy(ASCII.isDigit) || label.starts(with: Array("0x".utf8))
    }

    /// One to four numbers, decimal, octal or hexadecimal, the last of which fills what the others leave, as in
    /// `inet_aton` of POSIX.
    private static func oldAddress(_ labels: [ArraySlice<UInt8>]) -> UInt32? {
        guard labels.count <= 4 else { return nil }
        var bits: UInt64 = 0
        for (index, label) in labels.enumerated() {
            guard let number = oldNumber(label) else { return nil }
            let isLast = index == labels.count - 1
            let width = isLast ? 32 - 8 * index : 8
            guard number < 1 << UInt64(width) else { return nil }
            bits = bits << UInt64(width) | number
        }
        return UInt32(truncatingIfNeeded: bits)
    }

    private static func oldNumber(_ label: ArraySlice<UInt8>) -> UInt64? {
        if label.starts(with: Array("0x".utf8)) {
            let digits = label.dropFirst(2)
            return digits.isEmpty ? 0 : UInt64(String(decoding: digits, as: UTF8.self), radix: 16)
        }
        let radix = label.count > 1 && label.first == UInt8(ascii: "0") ? 8 : 10
        guard label.allSatisfy(ASCII.isDigit) else { return nil }
        return UInt64(String(decoding: label, as: UTF8.self), radix: radix)
    }
}
