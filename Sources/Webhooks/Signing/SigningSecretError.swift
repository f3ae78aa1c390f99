/// Why a text is no secret, or a list of secrets is not accepted. It never contains a part of the text.
public enum SigningSecretError: Error, Equatable {
    case unknownPrefix(accepted: [String])
    /// What follows the prefix is not base64 in its canonical form.
    case invalidBase64(prefix: String)
    case keyLength(bytes: Int, accepted: String)
    /// An ed25519 secret of 64 bytes whose second half is not the public key of its first.
    case publicKeyMismatch
    /// The secret key was given to a receiver, who needs the public one.
    case secretKeyForVerifying
    case count(Int, accepted: ClosedRange<Int>)
}

extension SigningSecretError: CustomStringConvertible {
    /// Continues a sentence that starts with the name of the field.
    public var description: String {
        switch self {
        case .unknownPrefix(let accepted):
            "starts with an unknown prefix; accepted are \(accepted.map { "'\($0)'" }.joined(separator: " and "))"
        case .invalidBase64(let prefix):
            "is not base64 after '\(prefix)'; accepted is the standard alphabet with padding, without white space"
        case .keyLength(let bytes, let accepted): "has a key of \(bytes) bytes; accepted is \(accepted)"
        case .publicKeyMismatch:
            "has a public key in its second half that is not that of its seed; accepted is the seed alone, or the pair"
        case .secretKeyForVerifying: "is a secret key ('whsk_'); accepted is its public key ('whpk_')"
        case .count(let count, let accepted):
            "has \(count) secrets; accepted are \(accepted.lowerBound) to \(accepted.upperBound)"
        }
    }
}
