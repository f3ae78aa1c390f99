public import HooklinePrimitives

/// Which events of the log somebody still needs: all after a position, and of those before it the ones of a time.
public struct NeededEvents: Sendable, Equatable {
    /// All events after this position are needed.
    public let after: Int64
    /// Since when events are needed that stand before; nil where none of them are.
    public let since: Timestamp?

    /// Nothing is needed.
    public static let none = NeededEvents(after: .max)

    public init(after position: Int64, since: Timestamp? = nil) {
        after = position
        self.since = since
    }

    /// What two need together.
    public func and(_ other: NeededEvents) -> NeededEvents {
        NeededEvents(after: min(after, other.after), since: [since, other.since].compactMap { $0 }.min())
    }
}
