import HooklinePrimitives
import HooklineWebhooks

/// One answer to who follows domain events in their order.
struct FollowedEvents: Sendable {
    let events: [DeliveredEvent]
    /// The position to go on from.
    let next: Int64

    /// Reads the answer of `GET /v1/webhooks/events/poll`. Payloads stay as they are, byte by byte.
    ///
    /// - Returns: nil where the answer is another one.
    init?(_ body: [UInt8]) {
        let found = body.withUnsafeBytes { buffer -> (events: [DeliveredEvent], next: Int64)? in
            var scanner = JSONScanner(buffer)
            return try? Self.read(&scanner)
        }
        guard let found else { return nil }
        (events, next) = found
    }

    private static func read(_ scanner: inout JSONScanner) throws -> (events: [DeliveredEvent], next: Int64)? {
        var events: [DeliveredEvent]?
        var next: Int64?
        try scanner.beginObject()
        while let key = try scanner.nextKey() {
            switch key {
            case "items":
                var items: [DeliveredEvent] = []
                try scanner.beginArray()
                while try scanner.nextElement() {
                    guard let event = try readEvent(&scanner) else { return nil }
                    items.append(event)
                }
                events = items
            case "next": next = try scanner.readInteger()
            default: try scanner.skipValue()
            }
        }
        guard let events, let next else { return nil }
        return (events, next)
    }

    private static func readEvent(_ scanner: inout JSONScanner) throws -> DeliveredEvent? {
        var texts: [String: String] = [:]
        var payload: RawJSON?
        try scanner.beginObject()
        while let key = try scanner.nextKey() {
            switch key {
            case "id", "type", "timestamp": texts[key] = try scanner.readString()
            case "payload": payload = RawJSON(unchecked: scanner.text(in: try scanner.skipValue()).utf8)
            default: try scanner.skipValue()
            }
        }
        guard let id = texts["id"], let type = texts["type"], let payload,
            let occurredAt = texts["timestamp"].flatMap({ Timestamp($0) })
        else { return nil }
        return DeliveredEvent(
            id: Identifier(unchecked: id),
            type: Identifier(unchecked: type),
            occurredAt: occurredAt,
            payload: payload
        )
    }
}
