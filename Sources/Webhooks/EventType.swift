public import HooklinePrimitives

/// A type of events that may be delivered.
public struct EventType: Sendable, Equatable {
    /// `video.published`
    public let name: Identifier
    public let description: String
    /// A JSON Schema that payloads are checked against, verbatim; nil accepts every payload.
    public let schema: RawJSON?
    /// No longer offered. Events of it are still delivered.
    public let isArchived: Bool
    public let createdAt: Timestamp
    public let updatedAt: Timestamp
    /// Whether Hookline itself knows the type: it cannot be deleted.
    public var isBuiltIn: Bool { Self.builtIn.contains { $0.name == name } }

    /// The types that are there from the beginning, and what they tell.
    public static let builtIn: [(name: Identifier, description: String)] = [
        ("video.created", "A video was created."),
        ("video.published", "A video was published."),
        ("batch.completed", "Every video of a batch is done."),
        ("quality.approved", "A video passed the quality gate."),
        ("generation.failed", "A video could not be generated."),
        ("experiment.started", "An experiment began, or goes on after a pause."),
        ("experiment.version_changed", "A running experiment was changed and measures anew."),
        ("experiment.concluded", "An experiment has ended, with the winner that was chosen."),
        ("experiment.decided", "What is to be done with an experiment has changed, and why."),
        ("experiment.guardrail_breached", "A variant is worse in a guardrail than it may be."),
        ("experiment.arm_halted", "An arm of an experiment was stopped while the others go on."),
        ("experiment.sample_ratio_mismatch", "The units of an experiment are not split as was set."),
        ("webhook.delivery_exhausted", "An event was not delivered to a subscription, and is no longer tried."),
        ("webhook.subscription_disabled", "A subscription was disabled because its receiver fails or is gone."),
    ]

    static let deliveryExhausted: Identifier = "webhook.delivery_exhausted"
    static let subscriptionDisabled: Identifier = "webhook.subscription_disabled"

    /// What Hookline tells of deliveries that fail.
    public static let notices: Set<Identifier> = [deliveryExhausted, subscriptionDisabled]
}
