import HooklineEvents
import HooklinePrimitives

/// The body of `POST /v1/events`: an array of events, one event, `{"sent_at": .., "events": [..]}`, or one event a
/// line.
struct EventsBody {
    /// Those that are accepted, in their order.
    private(set) var events: [EngagementEvent] = []
    /// Why others are not.
    private(set) var rejected: [Rejection] = []

    static let maximumEvents = 10_000

    /// - Throws: `JSONError` where the body is no JSON, `FieldError` where it has more events than are accepted.
    init(_ bytes: UnsafeRawBufferPointer, kind: Kind, receivedAt now: Timestamp) throws {
        var outcomes: [EventReader.Outcome] = []
        var sentAt: Timestamp?
        switch kind {
        case .lines: outcomes = try Self.lines(bytes)
        case .json: (outcomes, sentAt) = try Self.json(bytes)
        }
        events.reserveCapacity(outcomes.count)
        for (index, outcome) in outcomes.enumerated() {
            switch outcome {
            case .refused(let error): rejected.append(Rejection(index: index, error: error))
            case .event(let event):
                do throws(FieldError) {
                    events.append(try event.timed(envelopeSentAt: sentAt, receivedAt: now))
                } catch {
                    rejected.append(Rejection(index: index, error: error))
                }
            }
        }
    }

    enum Kind { case json, lines }

    private static func lines(_ bytes: UnsafeRawBufferPointer) throws -> [EventReader.Outcome] {
        var outcomes: [EventReader.Outcome] = []
        for line in JSONLines(bytes) {
            try checkCount(outcomes.count + 1)
            do throws(JSONError) {
                var scanner = JSONScanner(bytes, in: line)
                let outcome = try EventReader.read(&scanner)
                try scanner.finish()
                outcomes.append(outcome)
            } catch {
                // A line that is no JSON spoils itself only.
                outcomes.append(.refused(FieldError(field: "", problem: "is no JSON \(error)")))
            }
        }
        return outcomes
    }

    private static func json(_ bytes: UnsafeRawBufferPointer) throws -> ([EventReader.Outcome], Timestamp?) {
        var scanner = JSONScanner(bytes)
        var outcomes: [EventReader.Outcome] = []
        var sentAt: Timestamp?
        switch try scanner.peek() {
        case .array: outcomes = try array(&scanner)
        case .object:
            try scanner.beginObject()
            let first = try scanner.nextKey()
            guard first == "events" || first == "sent_at" else {
                outcomes = [try EventReader.members(of: &scanner, firstKey: first)]
                break
            }
            (outcomes, sentAt) = try envelope(&scanner, firstKey: first)
        case let other:
            // What is no JSON at all is told as that.
            try scanner.skipValue()
            try scanner.finish()
            throw FieldError(
                field: "",
                problem: "is \(other); expected an array of events, an event, or {\"events\": [...]}"
            )
        }
        try scanner.finish()
        return (outcomes, sentAt)
    }

    private static func array(_ scanner: inout JSONScanner) throws -> [EventReader.Outcome] {
        var outcomes: [EventReader.Outcome] = []
        try scanner.beginArray()
        while try scanner.nextElement() {
            try checkCount(outcomes.count + 1)
            outcomes.append(try EventReader.read(&scanner))
        }
        return outcomes
    }

    private static func envelope(
        _ scanner: inout JSONScanner,
        firstKey: String?
    ) throws -> ([EventReader.Outcome], Timestamp?) {
        var outcomes: [EventReader.Outcome]?
        var sentAt: Timestamp?
        var key = firstKey
        while let name = key {
            switch name {
            case "events":
                guard outcomes == nil else { throw FieldError(field: name, problem: "occurs twice") }
                guard try scanner.peek() == .array else {
                    throw FieldError(field: name, problem: "is \(try scanner.peek()); expected an array")
                }
                outcomes = try array(&scanner)
            case "sent_at":
                guard try scanner.peek() == .string, let moment = Timestamp(try scanner.readString()) else {
                    throw FieldError(field: name, problem: "is not accepted; accepted is RFC 3339 text")
                }
                sentAt = moment
            default:
                throw FieldError(field: name, problem: "is an unknown field; accepted are sent_at, events")
            }
            key = try scanner.nextKey()
        }
        guard let outcomes else { throw FieldError(field: "events", problem: "is missing") }
        return (outcomes, sentAt)
    }

    private static func checkCount(_ count: Int) throws(FieldError) {
        guard count <= maximumEvents else {
            throw FieldError(field: "", problem: "has more than the \(maximumEvents) events that a request may have")
        }
    }
}

/// Why one member of a list in a body was not accepted.
struct Rejection {
    let index: Int
    let field: String
    let problem: String

    init(index: Int, field: String, problem: String) {
        (self.index, self.field, self.problem) = (index, field, problem)
    }

    init(index: Int, error: FieldError) {
        self.init(index: index, field: error.field, problem: error.problem)
    }

    var json: JSON {
        ["index": JSON(index), "field": .string(field), "problem": .string(problem)]
    }
}
