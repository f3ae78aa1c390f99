import HooklineEvents
import HooklinePrimitives
import HooklineWebhooks

/// Reads one domain event of a request's body, without building a tree. The payload is taken as it was sent, byte by byte.
struct DomainEventReader {
    private let path: String
    private var id: Identifier?
    private var type: Identifier?
    private var payload: RawJSON?
    private var tenant: Identifier?
    private var channels: [Identifier] = []
    private var orderingKey: Identifier?
    private var timestamp: Timestamp?
    /// The fields read so far, a bit for each of `fields`.
    private var seen: UInt8 = 0

    static let fields = ["type", "payload", "id", "channels", "ordering_key", "tenant", "timestamp"]

    private init(path: String) {
        self.path = path
    }

    /// Reads the value that comes next.
    ///
    /// - Parameters:
    ///   - scanner: at the beginning of the value.
    ///   - path: where the value stands in the body: `[3]`; empty where it is the body.
    ///   - key: the id of an event that has none.
    ///   - now: the moment of an event that has none.
    /// - Throws: `JSONError`, and `FieldError` for the first field that is not accepted.
    static func read(
        _ scanner: inout JSONScanner,
        path: String = "",
        key: Identifier?,
        receivedAt now: Timestamp
    ) throws -> DomainEvent {
        let kind = try scanner.peek()
        guard kind == .object else {
            // What is no JSON at all is told as that.
            try scanner.skipValue()
            throw FieldError(field: path, problem: "is \(kind); expected an event or an array of events")
        }
        var reader = DomainEventReader(path: path)
        try scanner.beginObject()
        while let name = try scanner.nextKey() { try reader.readMember(name, &scanner) }
        guard let type = reader.type else { throw reader.error("type", "is missing") }
        guard let payload = reader.payload else { throw reader.error("payload", "is missing") }
        return DomainEvent(
            id: reader.id ?? key,
            type: type,
            payload: payload,
            tenant: reader.tenant,
            channels: reader.channels,
            orderingKey: reader.orderingKey,
            occurredAt: reader.timestamp ?? now
        )
    }

    private mutating func readMember(_ name: String, _ scanner: inout JSONScanner) throws {
        guard let index = Self.fields.firstIndex(of: name) else {
            let member = JSONFields([name: .null], path: path).all.first?.field
            let problem = "is an unknown field; accepted are \(Self.fields.joined(separator: ", "))"
            throw member?.error(problem) ?? error(name, problem)
        }
        guard seen & 1 << index == 0 else { throw error(name, "occurs twice") }
        seen |= 1 << index
        let kind = try scanner.peek()
        // Null is a payload like others, and elsewhere the same as nothing.
        guard kind != .null || name == "payload" else { return }
        switch name {
        case "id": id = try identifier(name, kind, &scanner)
        case "type": type = try identifier(name, kind, &scanner)
        case "tenant": tenant = try identifier(name, kind, &scanner)
        case "ordering_key": orderingKey = try identifier(name, kind, &scanner)
        case "channels": channels = try ChannelSelection.readOfEvent(JSONField(scanner.readJSON(), path: field(name)))
        case "timestamp": timestamp = try JSONField(scanner.readJSON(), path: field(name)).timestamp()
        default: payload = try readPayload(&scanner)
        }
    }

    private func readPayload(_ scanner: inout JSONScanner) throws -> RawJSON {
        let range = try scanner.skipValue()
        guard range.count <= DomainEvent.maximumPayloadBytes else {
            let problem = "is \(range.count) bytes long; accepted are at most \(DomainEvent.maximumPayloadBytes)"
            throw error("payload", problem)
        }
        return RawJSON(unchecked: scanner.text(in: range).utf8)
    }

    private func identifier(
        _ name: String,
        _ kind: JSONKind,
        _ scanner: inout JSONScanner
    ) throws -> Identifier {
        guard kind == .string else { throw error(name, "is \(kind); expected text") }
        let text = try scanner.readString()
        do {
            return try Identifier(text)
        } catch {
            throw self.error(name, error.description)
        }
    }

    private func error(_ name: String, _ problem: String) -> FieldError {
        FieldError(field: field(name), problem: problem)
    }

    private func field(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
}
