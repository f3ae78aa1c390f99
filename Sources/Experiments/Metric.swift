public import HooklinePrimitives

/// A number that an experiment compares between its variants.
public struct Metric: Codable, Hashable, Sendable {
    /// Where the number of a unit comes from.
    public enum Kind: String, Codable, CaseIterable, Sendable {
        /// Whether the unit had such an event: 0 or 1.
        case proportion
        /// How many such events the unit had.
        case count
        /// The sum of a property over the unit's events, 0 where it had none.
        case sum
        /// The mean of a property over the unit's events. Units without such an event are left out, so this compares
        /// those who acted, not all who were allocated: use `sum` where the variant may change who acts.
        case mean
        /// Numbers posted directly per variant, not folded from events.
        case observation
    }

    public let name: Identifier
    public let kind: Kind
    /// The type of the events that count; nil for observations.
    public let event: Identifier?
    /// The numeric member of the events' properties that `sum` and `mean` take.
    public let property: String?
    /// How long after a unit's first exposure its events count; nil without an end.
    public let windowMilliseconds: Int64?

    public init(
        _ name: Identifier,
        _ kind: Kind,
        event: Identifier? = nil,
        property: String? = nil,
        windowMilliseconds: Int64? = nil
    ) {
        self.name = name
        self.kind = kind
        self.event = event
        self.property = property
        self.windowMilliseconds = windowMilliseconds
    }

    /// The most metrics of one experiment, declared and observed together.
    public static let maximumPerExperiment = 100
    /// Ten years: longer windows are mistakes of unit.
    public static let maximumWindowMilliseconds: Int64 = 315_360_000_000
    public static let maximumNameBytes = 128

    /// Whether events of this moment count for a unit first exposed at that one.
    func counts(_ moment: Timestamp, exposedAt: Timestamp) -> Bool {
        guard moment >= exposedAt else { return false }
        guard let windowMilliseconds else { return true }
        return moment.milliseconds - exposedAt.milliseconds < windowMilliseconds
    }
}
