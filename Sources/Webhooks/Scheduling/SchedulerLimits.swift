/// What a scheduler holds at most. Tests make it smaller.
struct SchedulerLimits: Sendable, Equatable {
    /// Exchanges at a time, over all lanes.
    var maximumInFlight = 2048
    /// New deliveries that wait in an unordered lane.
    var maximumFreshPerLane = 1024
    /// Deliveries from the store that wait in an unordered lane.
    var maximumStoredPerLane = 1024
    /// Deliveries that wait in an ordered lane.
    var maximumOrderedPerLane = 1024
    /// Deliveries in memory of one ordering key, and of one whose first delivery failed before. Beyond the latter stands
    /// only one where more than half of the lane's places are taken.
    var maximumPerKey = 256
    var maximumPerFailingKey = 32
    /// Ordering keys of one lane that are left in the store until what is in memory of them is done.
    var maximumExcludedKeys = 512
    /// New deliveries that an ordered lane keeps aside while the store is read for it.
    var maximumLatePerLane = 256
    /// Of deliveries that wait or are in flight, over all lanes. A lane without a waiting one may always have one.
    var maximumBufferedBytes = 64 * 1_048_576
    /// Deliveries that ended and are not settled; nothing starts beyond.
    var maximumUnsettled = 8192
    /// Settled deliveries that are remembered while the store is read; nothing is accepted beyond.
    var maximumSettledInFeeds = 65_536
    /// Lanes that one call of `refills` names.
    var maximumRefills = 64

    /// Of all lanes together that are slow or unproven, so that receivers that hang never take every place.
    var maximumSlowInFlight: Int { max(1, maximumInFlight / 2) }

    /// A lane is slow while one of its exchanges is older than this.
    static let slowExchangeMilliseconds: Int64 = 1000
    /// A lane is unproven where its last success is older than this.
    static let provenMilliseconds: Int64 = 60_000
}
