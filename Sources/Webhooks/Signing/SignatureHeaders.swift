/// The headers that carry a signature, as Standard Webhooks names them.
public struct SignatureHeaders: Sendable, Equatable {
    /// The same for every attempt: receivers tell repetitions by it.
    public let id: String
    /// When the attempt was made, in whole seconds since 1970.
    public let timestamp: String
    /// One signature for each secret, the newest secret's first, separated by spaces.
    public let signature: String

    public static let idName = "webhook-id"
    public static let timestampName = "webhook-timestamp"
    public static let signatureName = "webhook-signature"

    /// Names and values, in the order in which they are sent.
    public var all: [(name: String, value: String)] {
        [(Self.idName, id), (Self.timestampName, timestamp), (Self.signatureName, signature)]
    }

    /// The same under the names that Svix gave them before there was a standard.
    var allAsSvix: [(name: String, value: String)] {
        [("svix-id", id), ("svix-timestamp", timestamp), ("svix-signature", signature)]
    }
}
