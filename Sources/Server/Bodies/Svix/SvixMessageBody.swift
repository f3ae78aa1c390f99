import HooklineEvents
import HooklinePrimitives
import HooklineWebhooks
import Hummingbird

/// Svix's `MessageIn` and `MessageOut`.
struct SvixMessageBody: Sendable {
    let eventType: Identifier
    /// As it was sent, byte for byte.
    let payload: RawJSON
    let eventID: String?
    let channels: [Identifier]
    /// The application to add where there is none yet.
    let application: SvixApplicationBody?

    /// Reads a body.
    ///
    /// - Throws: `JSONError` where it is no JSON, `FieldError` for the first field that is not accepted.
    init(_ bytes: ByteBuffer) throws {
        let (fields, payload) = try bytes.withUnsafeReadableBytes { try Self.members(of: $0) }
        try fields.allowOnly(
            "eventType",
            "payload",
            "data",
            "eventId",
            "channels",
            "application",
            "tags",
            "transformationsParams",
            "deliverAt",
            "payloadRetentionPeriod",
            "payloadRetentionHours"
        )
        try fields.refuse("tags", "are not supported; channels are")
        try fields.refuse("deliverAt", "is not supported: messages are delivered at once")
        eventType = try EventTypeName.read(fields.required("eventType"))
        eventID = try fields.optional("eventId").map { try SvixMessageID.readEventID($0) }
        channels = try fields.optional("channels").map { try ChannelSelection.readOfEvent($0) } ?? []
        application = try fields.optional("application").map { try SvixApplicationBody($0.object()) }
        if let raw = try fields.optional("transformationsParams").flatMap(Self.rawPayload) {
            self.payload = raw
        } else if let payload {
            guard payload.bytes.first == UInt8(ascii: "{") else {
                throw FieldError(field: "payload", problem: "is no object; expected an object")
            }
            self.payload = payload
        } else {
            throw FieldError(field: "payload", problem: "is missing")
        }
    }

    /// The fields as a tree, and the payload as it stands there.
    private static func members(of bytes: UnsafeRawBufferPointer) throws -> (JSONFields, RawJSON?) {
        var scanner = JSONScanner(bytes)
        guard try scanner.peek() == .object else { return (try JSONField(JSON.parse(bytes)).object(), nil) }
        var object = JSONObject()
        var payload: RawJSON?
        try scanner.beginObject()
        while let key = try scanner.nextKey() {
            let value: JSON
            if key == "payload" || key == "data" {
                payload = RawJSON(unchecked: bytes[try scanner.skipValue()])
                value = true
            } else {
                value = try scanner.readJSON()
            }
            guard object.append(key, value) else { throw FieldError(field: key, problem: "occurs twice") }
        }
        try scanner.finish()
        return (JSONFields(object), payload)
    }

    /// The payload that the SDKs' `message_in_raw` sends beside an empty one.
    private static func rawPayload(_ field: JSONField) throws(FieldError) -> RawJSON? {
        let parameters = try field.object()
        try parameters.allowOnly("rawPayload")
        guard let raw = parameters.optional("rawPayload") else { return nil }
        do {
            return try RawJSON(Array(raw.string(maximumBytes: DomainEvent.maximumPayloadBytes).utf8))
        } catch let error as JSONError {
            throw raw.error("is no JSON: \(error); accepted is one JSON value")
        } catch {
            throw raw.error("is not accepted; accepted is one JSON value as text")
        }
    }

    /// An application's event. An event that another part of Hookline enqueued is shown in the same way.
    static func json(_ message: AcceptedEvent, withContent: Bool) -> JSONObject {
        let event = message.event
        let eventID = event.tenant.flatMap { SvixMessageID.eventID(of: message.id, of: $0) }
        return [
            "id": JSON(message.id),
            "eventId": JSON(eventID),
            "eventType": JSON(event.type),
            "payload": withContent ? payload(event.payload) : [:],
            "channels": event.channels.isEmpty ? .null : .array(event.channels.map { JSON($0) }),
            "tags": nil,
            "deliverAt": nil,
            "timestamp": JSON(event.occurredAt),
        ]
    }

    /// Svix's clients expect an object; another value stands in one.
    private static func payload(_ payload: RawJSON) -> JSON {
        payload.bytes.first == UInt8(ascii: "{") ? .raw(payload) : ["value": .raw(payload)]
    }
}
