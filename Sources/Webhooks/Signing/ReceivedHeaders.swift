/// The headers of a signature, as a receiver finds them among all others.
struct ReceivedHeaders {
    let id: String
    let timestamp: String
    let signatures: ReceivedSignatures

    private static let standardNames = [
        SignatureHeaders.idName, SignatureHeaders.timestampName, SignatureHeaders.signatureName,
    ]
    private static let svixNames = ["svix-id", "svix-timestamp", "svix-signature"]

    init(_ headers: some Sequence<(name: String, value: String)>) throws(WebhookVerificationError) {
        var found: [String: String] = [:]
        for header in headers {
            let name = header.name.lowercased()
            guard Self.standardNames.contains(name) || Self.svixNames.contains(name) else { continue }
            // Which of two would be meant is anybody's guess, and the application might make another one.
            guard found.updateValue(header.value, forKey: name) == nil else { throw .repeatedHeader(name) }
        }
        func values(_ names: [String]) -> [String]? {
            let values = names.compactMap { found[$0] }
            return values.count == names.count ? values : nil
        }
        guard let values = values(Self.standardNames) ?? values(Self.svixNames) else {
            throw .missingHeaders(Self.standardNames.filter { found[$0] == nil })
        }
        id = values[0]
        timestamp = values[1]
        signatures = ReceivedSignatures(values[2])
    }
}

/// The signatures of one header, by version.
struct ReceivedSignatures {
    private(set) var hmac: [[UInt8]] = []
    private(set) var ed25519: [[UInt8]] = []

    /// Reads `version,base64` parts that are separated by spaces. Parts that are anything else are passed over.
    init(_ header: String) {
        for part in header.utf8.split(separator: UInt8(ascii: " ")).prefix(WebhookVerifier.maximumSignatures) {
            guard let comma = part.firstIndex(of: UInt8(ascii: ",")),
                let version = SignatureVersion(rawValue: String(decoding: part[..<comma], as: UTF8.self)),
                let signature = Base64.decode(Array(part[comma...].dropFirst()))
            else { continue }
            switch version {
            case .hmac: hmac.append(signature)
            case .ed25519: ed25519.append(signature)
            }
        }
    }
}
