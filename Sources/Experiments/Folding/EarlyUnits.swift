import HooklinePrimitives

/// The units that were exposed soon after a version's start. They are kept apart as well, so that it can be seen whether what
/// they do is what the units after them do: a novelty wears off.
enum EarlyUnits {
    /// A week: whatever the day of the start, every day of the week is in it once.
    static let days = 7
    /// The number of their slice. Those of dimensions count from 1 on.
    static let slice = -1

    /// The moment from which on an exposure is no longer early.
    static func end(ofVersionStartedAt start: Timestamp) -> Timestamp {
        start.advanced(byMilliseconds: Int64(days) * Day.milliseconds)
    }
}
