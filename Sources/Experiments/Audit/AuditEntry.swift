public import HooklinePrimitives

/// What somebody, or the product itself, did to an experiment. It is written in the transaction that does it.
public struct AuditEntry: Sendable {
    public enum Action: String, Sendable, CaseIterable {
        case created
        /// The definition was changed.
        case changed
        case started
        case paused
        case resumed
        case concluded
        /// It came in with its results.
        case imported
        case metricAdded = "metric_added"
        /// A read of the plan was taken.
        case read
        /// What is to be done has changed.
        case decided
        case guardrailBreached = "guardrail_breached"
        case sampleRatioMismatch = "sample_ratio_mismatch"
        case armHalted = "arm_halted"
    }

    /// Grows with time.
    public let number: Int64
    public let experiment: Identifier
    /// The version that it was done to, or that it has made.
    public let version: Int
    public let action: Action
    /// Who did it: the id of a key, or one of the names of ``AuditActor``.
    public let actor: String
    public let at: Timestamp
    /// What belongs to the action, such as the winner.
    public let detail: JSONObject
}

/// Those who act without a key.
public enum AuditActor {
    /// Whoever calls the library.
    public static let library = "in-process"
    /// Hookline itself, as a plan or an option says.
    public static let automatic = "automatic"
}
