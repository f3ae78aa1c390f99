public import HooklinePrimitives

/// Why a delivery is not to be trusted. Answer it with 400 or 401, and do not act on it.
public enum WebhookVerificationError: Error, Equatable {
    case missingHeaders([String])
    case repeatedHeader(String)
    case malformedTimestamp
    /// The attempt was made longer ago than is tolerated: a delivery of old, sent again.
    case tooOld(Timestamp)
    /// The attempt was made later than now: one of the clocks is wrong.
    case tooNew(Timestamp)
    /// The body is none that `PayloadFormat.envelope` makes.
    case malformedEnvelope
    /// No signature belongs to these bytes and one of the secrets.
    case noMatchingSignature
}

extension WebhookVerificationError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .missingHeaders(let names): "no \(names.joined(separator: ", ")) among the headers"
        case .repeatedHeader(let name): "\(name) occurs twice; accepted is one"
        case .malformedTimestamp:
            "\(SignatureHeaders.timestampName) is no time; accepted are whole seconds since 1970, up to the year 9999"
        case .tooOld(let timestamp): "the attempt was made at \(timestamp), longer ago than is tolerated"
        case .tooNew(let timestamp): "the attempt was made at \(timestamp), which is further ahead than is tolerated"
        case .malformedEnvelope:
            "the body is no envelope; accepted is {\"payload\":...,\"signature\":\"<64 hexadecimal digits>\","
                + "\"timestamp\":\"<24 characters>\"} without white space"
        case .noMatchingSignature: "no signature matches the body and the secrets"
        }
    }
}
