import HooklineEvents
import HooklinePrimitives

/// One thing that is added up of a unit's events. Metrics that need the same share it.
struct Measure: Hashable, Sendable {
    enum Amount: Hashable {
        /// How many events.
        case events
        /// The sum of a property, and how many events had it.
        case sum(String)
        /// How often a property had which value, to within a percent.
        case distribution(String)
        /// How many steps of a funnel were gone through in their order.
        case steps([EventSelection])
    }

    /// The events that count, of any of these.
    let selections: [EventSelection]
    let amount: Amount
    /// When events begin to count, in milliseconds after the unit's first exposure; negative before it.
    let from: Int64
    /// When they no longer count; nil without an end.
    let until: Int64?

    init(_ selection: EventSelection, _ amount: Amount, from: Int64, until: Int64?) {
        selections = [selection]
        self.amount = amount
        self.from = from
        self.until = until
    }

    init(steps: [EventSelection], from: Int64, until: Int64?) {
        selections = steps
        amount = .steps(steps)
        self.from = from
        self.until = until
    }

    init(_ total: EventTotal, from: Int64, until: Int64?) {
        self.init(total.selection, total.property.map(Amount.sum) ?? .events, from: from, until: until)
    }

    /// What lies before the exposure counts wherever it stands in the log; everything else only where the version
    /// measures.
    var looksBack: Bool { from < 0 }

    func counts(_ read: ReadEvent, exposedAt: Timestamp) -> Bool {
        let age = read.event.occurredAt.milliseconds - exposedAt.milliseconds
        guard age >= from, until.map({ age < $0 }) ?? true else { return false }
        return selections.contains { read.isTaken(by: $0) }
    }
}
