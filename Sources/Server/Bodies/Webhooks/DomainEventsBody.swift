import HooklineEvents
import HooklinePrimitives

/// The body of `POST /v1/webhooks/events`: one event, or an array of them.
struct DomainEventsBody {
    let events: [DomainEvent]
    /// Whether they came in an array: then they are answered in one.
    let isArray: Bool

    static let maximumEvents = 1000
    static let idempotencyField = "Idempotency-Key"

    /// Reads the body.
    ///
    /// - Parameters:
    ///   - bytes: of the body.
    ///   - key: what the sender calls the request. It is the id of an event that has none; in an array `KEY.0`, `KEY.1`
    ///     and so on are.
    ///   - now: the moment of events that have none.
    /// - Throws: `JSONError` where the body is no JSON, `FieldError` for the first field that is not accepted.
    init(_ bytes: UnsafeRawBufferPointer, key: String?, receivedAt now: Timestamp) throws {
        var scanner = JSONScanner(bytes)
        isArray = try scanner.peek() == .array
        if isArray {
            var events: [DomainEvent] = []
            try scanner.beginArray()
            while try scanner.nextElement() {
                let index = events.count
                guard index < Self.maximumEvents else { throw Self.countError("more than \(Self.maximumEvents)") }
                events.append(
                    try DomainEventReader.read(
                        &scanner,
                        path: "[\(index)]",
                        key: key.map { try Self.identifier("\($0).\(index)") },
                        receivedAt: now
                    )
                )
            }
            guard !events.isEmpty else { throw Self.countError("no") }
            self.events = events
        } else {
            events = [
                try DomainEventReader.read(&scanner, key: key.map { try Self.identifier($0) }, receivedAt: now)
            ]
        }
        try scanner.finish()
    }

    private static func identifier(_ key: String) throws(FieldError) -> Identifier {
        do {
            return try Identifier(key)
        } catch {
            throw FieldError(field: idempotencyField, problem: error.description)
        }
    }

    private static func countError(_ count: String) -> FieldError {
        FieldError(field: "", problem: "has \(count) events; accepted are 1 to \(maximumEvents)")
    }
}
