public import HooklinePrimitives

extension Metric {
    /// Where the number of a unit comes from.
    public enum Measurement: Hashable, Sendable {
        /// Whether the unit had such an event: 0 or 1.
        case proportion(of: EventSelection)
        /// How many such events the unit had.
        case count(of: EventSelection)
        /// The sum of a property over the unit's events, 0 where it had none.
        case sum(of: EventSelection, property: String)
        /// The mean of a property over the unit's events. Units without such an event are left out, so this compares
        /// those who acted, not all who were allocated: use `sum` or `ratio` where the variant may change who acts.
        case mean(of: EventSelection, property: String)
        /// The total of one thing over the total of another, over all units: comments per view.
        case ratio(EventTotal, EventTotal)
        /// The quantile of a property over all events. Events of one unit are dependent, and taken to be.
        case eventQuantile(Double, of: EventSelection, property: String)
        /// The quantile of a total over the units; with `ignoringZeros` over those with another total than 0.
        case unitQuantile(Double, of: EventTotal, ignoringZeros: Bool)
        /// Whether the unit came back: had such an event from so many days after its exposure on, and before so many.
        case retention(of: EventSelection, fromDay: Int, untilDay: Int)
        /// Whether the unit went through all steps in their order: of all units, or of those that came to the step
        /// before the last.
        case funnel([EventSelection], base: FunnelBase)
        /// Numbers posted directly per variant, not folded from events.
        case observation
    }

    /// The names of the measurements.
    public enum Kind: String, CaseIterable, Sendable {
        case proportion, count, sum, mean, ratio, quantile, retention, funnel, observation
    }

    public enum FunnelBase: String, CaseIterable, Sendable {
        /// Of all units that were exposed.
        case exposed
        /// Of the units that came through all steps but the last.
        case previousStep = "previous_step"
    }
}

extension Metric.Measurement {
    public var kind: Metric.Kind {
        switch self {
        case .proportion: .proportion
        case .count: .count
        case .sum: .sum
        case .mean: .mean
        case .ratio: .ratio
        case .eventQuantile, .unitQuantile: .quantile
        case .retention: .retention
        case .funnel: .funnel
        case .observation: .observation
        }
    }
}

/// Which events count: those of a type whose properties a filter takes.
public struct EventSelection: Hashable, Sendable {
    public let event: Identifier
    /// Over the event's properties; an event without them has an empty object.
    public let filter: JSONFilter?

    public init(_ event: Identifier, where filter: JSONFilter? = nil) {
        self.event = event
        self.filter = filter
    }
}

extension EventSelection: ExpressibleByStringLiteral {
    public init(stringLiteral event: StaticString) {
        self.init(Identifier(stringLiteral: event))
    }
}

/// A number of each unit: how many events it had, or the sum of a property over them.
public struct EventTotal: Hashable, Sendable {
    public let selection: EventSelection
    /// What is summed; nil counts events.
    public let property: String?
    /// The most that a unit's total counts for; nil as it is.
    public let cap: Double?

    public init(_ selection: EventSelection, property: String? = nil, cap: Double? = nil) {
        self.selection = selection
        self.property = property
        self.cap = cap
    }
}
