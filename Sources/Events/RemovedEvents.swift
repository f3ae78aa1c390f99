public import HooklinePrimitives

/// What the retention has taken out of the log.
public struct RemovedEvents: Sendable, Equatable {
    /// All events up to this position may be gone; 0 where none are.
    public let through: Int64
    /// None of them has happened, or was received, after this moment.
    public let latest: Timestamp

    public init(through position: Int64, latest: Timestamp) {
        through = position
        self.latest = latest
    }

    /// Whether something may be gone that is needed.
    public func reaches(into needed: NeededEvents) -> Bool {
        guard through > 0 else { return false }
        return through > needed.after || needed.since.map { latest >= $0 } ?? false
    }
}
