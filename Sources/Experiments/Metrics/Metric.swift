public import HooklinePrimitives

/// A number that an experiment compares between its variants.
///
///     Metric("clicked", .proportion(of: "click"), windowMilliseconds: 86_400_000)
///     Metric("minutes", .sum(of: EventSelection("watch", where: onMobile), property: "minutes"), cap: .percentile(0.99))
///     Metric("comments_per_view", .ratio(EventTotal("comment"), EventTotal("view")))
///
/// What a unit did counts where it happened at or after the unit's first exposure plus the delay, and before the end of
/// the window that begins there.
public struct Metric: Hashable, Sendable {
    public let name: Identifier
    public var measurement: Measurement
    /// How long after a unit's first exposure its events begin to count.
    public var delayMilliseconds: Int64
    /// For how long its events count from then on; nil without an end.
    public var windowMilliseconds: Int64?
    /// The most that a unit's number counts for; nil as it is.
    public var cap: Cap?
    /// What is known of a unit from before its exposure, to take its share of the variance out; nil for nothing.
    public var covariate: Covariate?
    public var role: Role
    /// Which way is better.
    public var direction: Direction
    /// How much worse than control a guardrail may be, as a share of control's mean: 0.02 for two percent.
    public var margin: Double?
    /// The named definition that this one was taken from; nil where it was written for the experiment.
    public var source: Source?

    public init(
        _ name: Identifier,
        _ measurement: Measurement,
        delayMilliseconds: Int64 = 0,
        windowMilliseconds: Int64? = nil,
        cap: Cap? = nil,
        covariate: Covariate? = nil,
        role: Role = .goal,
        direction: Direction = .increase,
        margin: Double? = nil,
        source: Source? = nil
    ) {
        self.name = name
        self.measurement = measurement
        self.delayMilliseconds = delayMilliseconds
        self.windowMilliseconds = windowMilliseconds
        self.cap = cap
        self.covariate = covariate
        self.role = role
        self.direction = direction
        self.margin = margin
        self.source = source
    }

    public var kind: Kind { measurement.kind }

    /// The most metrics of one experiment, declared, added and observed together.
    public static let maximumPerExperiment = 100
}

extension Metric {
    /// What a metric is for.
    public enum Role: String, CaseIterable, Sendable {
        /// What the experiment is to improve.
        case goal
        /// What helps to understand the result.
        case secondary
        /// What must not get worse.
        case guardrail
    }

    public enum Direction: String, CaseIterable, Sendable {
        case increase
        case decrease
    }

    /// Winsorisation: a unit's number counts for at most so much, because a few extreme units hide every effect.
    public enum Cap: Hashable, Sendable {
        /// This number.
        case value(Double)
        /// The number below which this share of all units lies, over all variants together, to within a percent. With
        /// `ignoringZeros` the share is that of the units with another number than 0.
        case percentile(Double, ignoringZeros: Bool = false)
    }

    /// What a unit did in the time before its exposure (CUPED: Deng, Xu, Kohavi and Walker, "Improving the Sensitivity of
    /// Online Controlled Experiments by Utilizing Pre-Experiment Data", WSDM 2013).
    public struct Covariate: Hashable, Sendable {
        /// How long before the first exposure the look-back begins.
        public var lookBackMilliseconds: Int64
        /// What is added up; nil takes what the metric itself counts.
        public var total: EventTotal?
        /// The most that the covariate of a unit counts for.
        public var cap: Double?

        public static let defaultLookBackMilliseconds: Int64 = 14 * 86_400_000

        public init(
            lookBackMilliseconds: Int64 = Covariate.defaultLookBackMilliseconds,
            total: EventTotal? = nil,
            cap: Double? = nil
        ) {
            self.lookBackMilliseconds = lookBackMilliseconds
            self.total = total
            self.cap = cap
        }
    }

    /// A version of a named definition.
    public struct Source: Hashable, Sendable {
        public let id: Identifier
        public let version: Int

        public init(id: Identifier, version: Int) {
            self.id = id
            self.version = version
        }
    }
}
