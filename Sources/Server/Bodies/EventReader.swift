import HooklineEvents
import HooklineExperiments
import HooklinePrimitives

/// Reads one event of a request's body, without building a tree.
///
/// What is wrong with a field is kept and the rest of the event skipped, so that the next event can be read; what is
/// wrong with the JSON itself ends the body.
struct EventReader {
    private var problem: FieldError?
    private var id: Identifier?
    private var type: Identifier?
    private var userID: Identifier?
    private var contentID: Identifier?
    private var timestamp: Timestamp?
    private var sentAt: Timestamp?
    private var properties: String?
    /// The fields read so far, a bit for each of `fields`.
    private var seen: UInt8 = 0

    static let fields = ["id", "type", "user_id", "content_id", "timestamp", "properties", "sent_at"]

    /// What one event came to.
    enum Outcome {
        case event(UntimedEvent)
        case refused(FieldError)
    }

    /// Reads the value that comes next.
    static func read(_ scanner: inout JSONScanner) throws(JSONError) -> Outcome {
        let kind = try scanner.peek()
        guard kind == .object else {
            try scanner.skipValue()
            return .refused(FieldError(field: "", problem: "is \(kind); expected an object"))
        }
        try scanner.beginObject()
        return try members(of: &scanner, firstKey: scanner.nextKey())
    }

    /// Reads an event whose first key was read already.
    static func members(of scanner: inout JSONScanner, firstKey: String?) throws(JSONError) -> Outcome {
        var reader = EventReader()
        var key = firstKey
        while let name = key {
            try reader.readMember(name, &scanner)
            key = try scanner.nextKey()
        }
        return reader.outcome
    }

    private mutating func readMember(_ name: String, _ scanner: inout JSONScanner) throws(JSONError) {
        guard problem == nil else { return }
        guard let index = Self.fields.firstIndex(of: name) else {
            return refuse(name, "is an unknown field; accepted are \(Self.fields.joined(separator: ", "))")
        }
        guard seen & 1 << index == 0 else { return refuse(name, "occurs twice") }
        seen |= 1 << index
        let kind = try scanner.peek()
        guard kind != .null else { return }
        switch name {
        case "id": id = try identifier(name, kind, &scanner, Identifier.maximumBytes)
        case "type": type = try identifier(name, kind, &scanner, EngagementEvent.maximumTypeBytes)
        case "user_id": userID = try identifier(name, kind, &scanner, Identifier.maximumBytes)
        case "content_id": contentID = try identifier(name, kind, &scanner, Identifier.maximumBytes)
        case "timestamp": timestamp = try moment(name, kind, &scanner)
        case "sent_at": sentAt = try moment(name, kind, &scanner)
        case "properties":
            guard kind == .object else { return refuse(name, "is \(kind); expected an object") }
            let range = try scanner.skipValue()
            guard range.count <= EngagementEvent.maximumPropertiesBytes else {
                return refuse(
                    name,
                    "is \(range.count) bytes long; accepted are at most \(EngagementEvent.maximumPropertiesBytes)"
                )
            }
            properties = scanner.text(in: range)
        default: preconditionFailure("the field '\(name)' is not read")
        }
    }

    private mutating func identifier(
        _ name: String,
        _ kind: JSONKind,
        _ scanner: inout JSONScanner,
        _ maximumBytes: Int
    ) throws(JSONError) -> Identifier? {
        guard kind == .string else {
            refuse(name, "is \(kind); expected text")
            return nil
        }
        let text = try scanner.readString()
        do {
            return try Identifier(text, maximumBytes: maximumBytes)
        } catch {
            refuse(name, error.description)
            return nil
        }
    }

    private mutating func moment(
        _ name: String,
        _ kind: JSONKind,
        _ scanner: inout JSONScanner
    ) throws(JSONError) -> Timestamp? {
        let moment: Timestamp?
        switch kind {
        case .string: moment = Timestamp(try scanner.readString())
        case .number:
            let number = try scanner.readDouble()
            moment = Int64(exactly: number).map(Timestamp.init(milliseconds:))
        default: moment = nil
        }
        guard let moment, Timestamp.accepted.contains(moment) else {
            refuse(
                name,
                "is not accepted; accepted are RFC 3339 text such as 2026-01-28T10:00:00Z and whole milliseconds since"
                    + " 1970, from 1970 to 9999"
            )
            return nil
        }
        return moment
    }

    private mutating func refuse(_ field: String, _ what: String) {
        if problem == nil { problem = FieldError(field: field, problem: what) }
    }

    private var outcome: Outcome {
        if let problem { return .refused(problem) }
        guard let type else { return .refused(FieldError(field: "type", problem: "is missing")) }
        let isReserved = [type, id].contains {
            $0?.text.utf8.starts(with: EngagementEvent.reservedTypePrefix.utf8) ?? false
        }
        guard !isReserved else {
            return .refused(
                FieldError(
                    field: type.text.utf8.starts(with: EngagementEvent.reservedTypePrefix.utf8) ? "type" : "id",
                    problem: "begins with '\(EngagementEvent.reservedTypePrefix)', which Hookline keeps to itself"
                )
            )
        }
        guard userID != nil || contentID != nil else {
            return .refused(
                FieldError(field: "user_id", problem: "is missing; an event has a user_id, a content_id or both")
            )
        }
        if type == ExperimentEvents.exposure, let problem = ExperimentEvents.problem(inExposure: properties) {
            return .refused(problem)
        }
        return .event(
            UntimedEvent(
                event: EngagementEvent(
                    id: id,
                    type: type,
                    userID: userID,
                    contentID: contentID,
                    occurredAt: timestamp ?? Timestamp(milliseconds: 0),
                    properties: properties
                ),
                timestamp: timestamp,
                sentAt: sentAt
            )
        )
    }
}

/// An event whose moment is as its sender's clock had it.
struct UntimedEvent {
    let event: EngagementEvent
    let timestamp: Timestamp?
    let sentAt: Timestamp?

    /// The event at its moment by the server's clock.
    ///
    /// - Throws: `FieldError` where that is not accepted.
    func timed(envelopeSentAt: Timestamp?, receivedAt now: Timestamp) throws(FieldError) -> EngagementEvent {
        var event = event
        guard let timestamp else {
            event.occurredAt = now
            return event
        }
        event.occurredAt =
            (sentAt ?? envelopeSentAt).map { ClockSkew.corrected(timestamp, sentAt: $0, receivedAt: now) } ?? timestamp
        try Self.check(event.occurredAt, receivedAt: now)
        return event
    }

    /// - Throws: `FieldError` where something cannot have happened at that moment by the server's clock.
    static func check(_ moment: Timestamp, receivedAt now: Timestamp) throws(FieldError) {
        guard EngagementEvent.acceptedMoments(at: now).contains(moment) else {
            throw FieldError(
                field: "timestamp",
                problem: "is \(moment) by the server's clock; accepted is 1970 to 24 hours from now"
            )
        }
    }
}
