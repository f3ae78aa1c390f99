public import HooklinePrimitives

/// How the body of a delivery is built around the payload.
///
/// The payload's bytes stand in each of them as they were given. The headers of Standard Webhooks come with every
/// format, and sign the whole body.
public enum PayloadFormat: String, Sendable, CaseIterable, Codable {
    /// What Standard Webhooks recommends: `{"type":...,"timestamp":...,"data":<payload>}`.
    case standard
    /// CloudEvents 1.0.2, structured mode of the HTTP binding: attributes and `data` in one JSON object.
    case cloudevents
    /// `{"payload":<payload>,"signature":...,"timestamp":...}`: signed within the body too. It needs an HMAC secret.
    case envelope
    /// The payload alone, as Svix sends it. Its headers stand beside ours under Svix's names too: `svix-id` and so on.
    case payload

    /// The `source` of CloudEvents unless the configuration names another.
    public static let defaultSource = "/hookline"
    public static let maximumSourceBytes = 2048

    /// The value of `content-type`.
    public var contentType: String {
        switch self {
        case .standard, .envelope, .payload: "application/json"
        case .cloudevents: "application/cloudevents+json; charset=utf-8"
        }
    }

    /// Whether one of the secrets must be of the kind `hmac`.
    public var needsHMACSecret: Bool { self == .envelope }

    /// The body of a delivery, the same for each attempt while the secrets stay.
    ///
    /// The source, a URI-reference, is used by CloudEvents only, the signer by the envelope only.
    public func body(
        of event: DeliveredEvent,
        source: String = PayloadFormat.defaultSource,
        signedBy signer: WebhookSigner
    ) throws(PayloadFormatError) -> [UInt8] {
        switch self {
        case .standard: return Self.standardBody(of: event)
        case .cloudevents: return Self.cloudEventsBody(of: event, source: source)
        case .envelope:
            guard let code = signer.payloadCode(event.payload.bytes) else { throw .needsHMACSecret }
            return PayloadEnvelope.encode(event.payload, code: code, timestamp: event.occurredAt)
        case .payload: return event.payload.bytes
        }
    }

    /// The signature's headers as a delivery of this format carries them.
    func headers(of signature: SignatureHeaders) -> [(name: String, value: String)] {
        self == .payload ? signature.all + signature.allAsSvix : signature.all
    }

    /// Accepts a URI-reference (RFC 3986) of 1 to 2048 bytes, by the characters that may stand in one.
    public static func checkSource(_ text: String) throws(FieldError) {
        guard (1...maximumSourceBytes).contains(text.utf8.count) else {
            throw FieldError(
                field: "source",
                problem: "is \(text.utf8.count) bytes long; accepted are 1 to \(maximumSourceBytes)"
            )
        }
        let punctuation = "-._~:/?#[]@!$&'()*+,;=%".utf8
        let isPlain = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: punctuation.contains(byte)
            }
        }
        guard isPlain else {
            throw FieldError(
                field: "source",
                problem: "has a character that no URI has; accepted is a URI-reference such as '\(defaultSource)'"
            )
        }
    }
}

extension PayloadFormat {
    private static func standardBody(of event: DeliveredEvent) -> [UInt8] {
        let fields: JSON = [
            "type": JSON(event.type),
            "timestamp": JSON(event.occurredAt),
            "data": .raw(event.payload),
        ]
        return fields.encoded()
    }

    /// Attributes by the CloudEvents specification, `partitionkey` by its partitioning extension.
    private static func cloudEventsBody(of event: DeliveredEvent, source: String) -> [UInt8] {
        var fields: JSONObject = [
            "specversion": "1.0",
            "id": JSON(event.id),
            "source": .string(source),
            "type": JSON(event.type),
            "time": JSON(event.occurredAt),
            "datacontenttype": "application/json",
        ]
        if let key = event.orderingKey { fields.append("partitionkey", JSON(key)) }
        fields.append("data", .raw(event.payload))
        return JSON.object(fields).encoded()
    }
}

public enum PayloadFormatError: Error, Equatable {
    /// The format signs with a `whsec_` secret, and there is none.
    case needsHMACSecret
}

extension PayloadFormatError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .needsHMACSecret:
            "the format 'envelope' needs a secret that starts with 'whsec_'; accepted with ed25519 are "
                + "'standard', 'cloudevents' and 'payload'"
        }
    }
}
