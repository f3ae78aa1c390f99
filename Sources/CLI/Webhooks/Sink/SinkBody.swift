import HooklinePrimitives

/// What a sink looks at in the body of a delivery.
struct SinkBody {
    /// Of the formats `standard` and `cloudevents`; the envelope tells none.
    let type: String?
    /// What a subscription's verification wants back.
    let challenge: String?

    private static let verificationType = "webhook.verification"
    private static let envelopeOpening = Array(#"{"payload":"#.utf8)
    private static let challengeOpening = Array(#"{"payload":{"challenge":"#.utf8)
    /// A verification is much shorter.
    private static let maximumVerificationBytes = 4096

    init(_ body: [UInt8]) {
        let isEnvelope = body.starts(with: Self.envelopeOpening)
        let type = isEnvelope ? nil : Self.type(body)
        self.type = type
        let mayAsk = type == Self.verificationType || isEnvelope && body.starts(with: Self.challengeOpening)
        guard mayAsk, body.count <= Self.maximumVerificationBytes, let json = try? JSON.parse(body) else {
            challenge = nil
            return
        }
        challenge = (json["data"] ?? json["payload"])?["challenge"]?.string
    }

    /// The member `type` of an object, as far as it is a text.
    private static func type(_ body: [UInt8]) -> String? {
        body.withUnsafeBytes { buffer in
            var scanner = JSONScanner(buffer)
            do {
                guard try scanner.peek() == .object else { return nil }
                try scanner.beginObject()
                while let key = try scanner.nextKey() {
                    if key == "type" { return try scanner.peek() == .string ? try scanner.readString() : nil }
                    _ = try scanner.skipValue()
                }
                return nil
            } catch {
                return nil
            }
        }
    }
}
