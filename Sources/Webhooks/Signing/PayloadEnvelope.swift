import HooklinePrimitives

/// The parts of a body in the format `envelope`.
///
/// What stands around the payload has a fixed length, so that a receiver slices the signed bytes out without parsing:
/// 11 bytes before it, 119 after.
struct PayloadEnvelope {
    let payload: ArraySlice<UInt8>
    /// 64 hexadecimal digits.
    let signature: ArraySlice<UInt8>

    private static let opening = Array(#"{"payload":"#.utf8)
    private static let beforeSignature = Array(#","signature":""#.utf8)
    private static let beforeTimestamp = Array(#"","timestamp":""#.utf8)
    private static let closing = Array(#""}"#.utf8)
    private static let signatureDigits = 64
    private static let timestampCharacters = 24
    private static let framingBytes = 130

    static func encode(_ payload: RawJSON, code: [UInt8], timestamp: Timestamp) -> [UInt8] {
        var body = opening
        body.reserveCapacity(payload.bytes.count + framingBytes)
        body.append(contentsOf: payload.bytes)
        body.append(contentsOf: beforeSignature)
        body.append(contentsOf: Hexadecimal.encode(code))
        body.append(contentsOf: beforeTimestamp)
        body.append(contentsOf: timestamp.description.utf8)
        body.append(contentsOf: closing)
        return body
    }

    /// Nil where the body is framed in any other way.
    init?(_ body: [UInt8]) {
        var rest = body[...]
        func take(_ count: Int) -> ArraySlice<UInt8>? {
            guard rest.count >= count else { return nil }
            defer { rest = rest.dropLast(count) }
            return rest.suffix(count)
        }
        guard take(Self.closing.count)?.elementsEqual(Self.closing) == true,
            let timestamp = take(Self.timestampCharacters),
            Timestamp(String(decoding: timestamp, as: UTF8.self)) != nil,
            take(Self.beforeTimestamp.count)?.elementsEqual(Self.beforeTimestamp) == true,
            let signature = take(Self.signatureDigits),
            take(Self.beforeSignature.count)?.elementsEqual(Self.beforeSignature) == true,
            rest.starts(with: Self.opening), rest.count > Self.opening.count
        else { return nil }
        self.signature = signature
        payload = rest.dropFirst(Self.opening.count)
    }
}
