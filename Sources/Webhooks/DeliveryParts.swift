import HooklinePrimitives
import HooklineStorage
import NIOCore

/// What the engine is made of.
struct DeliveryParts: Sendable {
    let database: any Database
    let directory: Directory
    let client: WebhookClient
    let group: any EventLoopGroup
    let clock: DeliveryClock
    let wallClock: WallClock
    /// The source that CloudEvents name.
    let source: String
    /// A subscription whose attempts all failed for so long is disabled.
    let disableAfterMilliseconds: Int64
}

extension Subscription {
    var laneSettings: LaneSettings {
        LaneSettings(
            concurrency: definition.concurrency,
            ratePerSecond: definition.ratePerSecond,
            ordering: definition.ordering,
            isEnabled: isEnabled
        )
    }
}
