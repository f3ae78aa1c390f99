import HooklineEvents
import HooklinePrimitives
import HooklineStatistics

/// What a measure has come to for one unit.
enum MeasureValue: Equatable {
    case events(Int64)
    case sum(ExactSum, events: Int64, ignored: Int64)
    case distribution(BinCounts, ignored: Int64)
    case steps(FunnelProgress)

    init(of amount: Measure.Amount) {
        switch amount {
        case .events: self = .events(0)
        case .sum: self = .sum(ExactSum(), events: 0, ignored: 0)
        case .distribution: self = .distribution(BinCounts(), ignored: 0)
        case .steps: self = .steps(FunnelProgress())
        }
    }

    /// Adds an event that counts. False where it cannot be added to what is known, but only in the order of time: then
    /// the unit has to be measured anew.
    mutating func add(_ read: ReadEvent, as amount: Measure.Amount) -> Bool {
        switch (takeOut(), amount) {
        case (.events(let events), _):
            self = .events(events + 1)
        case (.sum(var sum, let events, let ignored), .sum(let property)):
            let number = read.number(property)
            if let number { sum.add(number) }
            self = .sum(sum, events: events + (number == nil ? 0 : 1), ignored: ignored + (number == nil ? 1 : 0))
        case (.distribution(var counts, let ignored), .distribution(let property)):
            let number = read.number(property)
            if let number { counts.add(number) }
            self = .distribution(counts, ignored: ignored + (number == nil ? 1 : 0))
        case (.steps(var progress), .steps(let steps)):
            let isAdded = progress.add(read, steps)
            self = .steps(progress)
            return isAdded
        default:
            preconditionFailure("a value of another measure")
        }
        return true
    }

    /// What is in it, leaving nothing behind: so a sum is changed in place and not in a copy.
    private mutating func takeOut() -> MeasureValue {
        let value = self
        self = .events(0)
        return value
    }

    /// The events that were added up.
    var counted: Int64 {
        switch self {
        case .events(let events), .sum(_, let events, _): events
        case .distribution(let counts, _): counts.total
        case .steps(let progress): Int64(progress.reached)
        }
    }

    /// The events that were left out because the property is missing, no number or too large.
    var ignored: Int64 {
        switch self {
        case .sum(_, _, let ignored), .distribution(_, let ignored): ignored
        case .events, .steps: 0
        }
    }

    /// The number of events, or the sum.
    var total: Double {
        switch self {
        case .events(let events): Double(events)
        case .sum(let sum, _, _): sum.value
        case .distribution(let counts, _): Double(counts.total)
        case .steps(let progress): Double(progress.reached)
        }
    }
}

/// How far a unit has come through a funnel.
struct FunnelProgress: Equatable {
    /// The steps gone through.
    private(set) var reached = 0
    /// When the last event of any step happened, in milliseconds since 1970; nil before the first, and at the end, which
    /// no event changes any more.
    private(set) var last: Int64?

    init() {}

    init(reached: Int, last: Int64?) {
        self.reached = reached
        self.last = last
    }

    /// Goes on by one event. False where it happened before one that is known and may change how far the unit has come.
    mutating func add(_ read: ReadEvent, _ steps: [EventSelection]) -> Bool {
        // More events never take a step back.
        guard reached < steps.count else { return true }
        let moment = read.event.occurredAt.milliseconds
        if let last, moment < last { return false }
        last = moment
        if read.isTaken(by: steps[reached]) { reached += 1 }
        if reached == steps.count { last = nil }
        return true
    }
}
