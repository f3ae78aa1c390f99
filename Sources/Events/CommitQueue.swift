/// Who waits for a commit of the log, and whether somebody leads one.
struct CommitQueue {
    /// What a caller of `append` is told.
    enum Turn: Sendable {
        /// Somebody else committed the events, or refused them.
        case answered(Result<AppendResult, any Error>)
        /// Commit, and pass the lead on.
        case lead
    }

    struct Waiting: Sendable {
        let events: [EngagementEvent]
        let continuation: CheckedContinuation<Turn, Never>
    }

    private var isLed = false
    private var waiting: [Waiting] = []
    private var waitingEvents = 0

    /// Answers the caller's turn where it is known at once; otherwise the continuation waits.
    mutating func arrive(
        _ events: [EngagementEvent],
        _ continuation: CheckedContinuation<Turn, Never>,
        maximumWaitingEvents: Int
    ) -> Turn? {
        guard isLed else {
            isLed = true
            return .lead
        }
        guard waitingEvents + events.count <= maximumWaitingEvents else {
            return .answered(.failure(EventLogError.overloaded(waitingEvents: waitingEvents)))
        }
        waiting.append(Waiting(events: events, continuation: continuation))
        waitingEvents += events.count
        return nil
    }

    /// The first of those that wait, together no more events than there is room for.
    mutating func takeFollowers(room: Int) -> [Waiting] {
        var room = room
        let taken = waiting.prefix { next in
            room -= next.events.count
            return room >= 0
        }
        waiting.removeFirst(taken.count)
        waitingEvents -= taken.reduce(0) { $0 + $1.events.count }
        return Array(taken)
    }

    /// The next one to lead, nil where nobody waits.
    mutating func nextLeader() -> CheckedContinuation<Turn, Never>? {
        guard !waiting.isEmpty else {
            isLed = false
            return nil
        }
        let next = waiting.removeFirst()
        waitingEvents -= next.events.count
        return next.continuation
    }
}
