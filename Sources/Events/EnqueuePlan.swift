import HooklinePrimitives

/// Decides which events of several calls are stored, and under which ids.
struct EnqueuePlan {
    /// What is written.
    private(set) var events: [(id: Identifier, event: DomainEvent)] = []
    private var known: [Identifier: DomainEvent]
    private var names: GeneratedNames

    /// - Parameter stored: the events that have one of the ids that the calls give.
    init(stored: [Identifier: DomainEvent], at now: Timestamp) {
        known = stored
        names = GeneratedNames(prefix: "msg_", at: now)
    }

    /// Adds the events of one call, all or none.
    mutating func add(_ call: [DomainEvent]) -> Result<[EnqueuedEvent], OutboxError> {
        var mine: [Identifier: DomainEvent] = [:]
        var new: [(id: Identifier, event: DomainEvent)] = []
        var answer: [EnqueuedEvent] = []
        for event in call {
            if let problem = Self.problem(of: event) { return .failure(problem) }
            let id = event.id ?? names.next()
            if event.id != nil, let other = known[id] ?? mine[id] {
                guard other.saysSame(as: event) else { return .failure(.idReused(id)) }
                answer.append(EnqueuedEvent(id: id, isDuplicate: true))
                continue
            }
            mine[id] = event
            new.append((id, event))
            answer.append(EnqueuedEvent(id: id, isDuplicate: false))
        }
        known.merge(mine) { first, _ in first }
        events += new
        return .success(answer)
    }

    private static func problem(of event: DomainEvent) -> OutboxError? {
        let bytes = event.payload.bytes.count
        guard bytes <= DomainEvent.maximumPayloadBytes else {
            let problem = "has \(bytes) bytes; accepted are at most \(DomainEvent.maximumPayloadBytes)"
            return .invalid(field: "payload", problem: problem)
        }
        guard event.channels.count <= DomainEvent.maximumChannels else {
            let problem = "has \(event.channels.count) members; accepted are at most \(DomainEvent.maximumChannels)"
            return .invalid(field: "channels", problem: problem)
        }
        return nil
    }
}
