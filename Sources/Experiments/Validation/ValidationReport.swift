public import HooklinePrimitives
public import HooklineStatistics

/// How an experiment's own units are dealt out anew.
public struct ValidationRequest: Sendable {
    /// How often all units are dealt out.
    public let runs: Int
    /// How often each of these experiments without a difference is looked at, at equal distances.
    public let looks: Int
    /// Another one deals otherwise; the same one answers the same.
    public let seed: UInt64

    public static let acceptedRuns = 50...2000
    public static let acceptedLooks = 1...100
    public static let defaultRuns = 400
    public static let defaultLooks = 20

    /// - Throws: `ExperimentError.invalid`, naming the field and what is accepted.
    public init(runs: Int = defaultRuns, looks: Int = defaultLooks, seed: UInt64 = 1) throws(ExperimentError) {
        try Self.check(runs, "runs", Self.acceptedRuns)
        try Self.check(looks, "looks", Self.acceptedLooks)
        (self.runs, self.looks, self.seed) = (runs, looks, seed)
    }

    private static func check(_ value: Int, _ field: String, _ accepted: ClosedRange<Int>) throws(ExperimentError) {
        guard accepted.contains(value) else {
            let range = "\(accepted.lowerBound) to \(accepted.upperBound)"
            throw .invalid(field: field, problem: "is \(value); accepted are \(range)")
        }
    }
}

/// How often experiments without a difference, made of an experiment's own units, were said to have one.
public struct ValidationReport: Sendable {
    public let experiment: Identifier
    public let version: Int
    /// How many units were dealt out.
    public let units: Int
    public let request: ValidationRequest
    public let rates: [Rate]

    /// Whether chance cannot explain that a rate is above what is promised.
    public var isBroken: Bool { rates.contains(where: \.isBroken) }

    /// What may happen where nothing differs.
    public enum Event: String, Sendable, CaseIterable {
        /// A metric differs, in a way that is said to hold however often one looks.
        case anytime
        /// The deciding metric differs at a read of the plan, over all reads and variants.
        case planned
        /// The split is said to be broken.
        case sampleRatio = "sample_ratio"
        /// A variant is to be shipped.
        case ship
        /// A variant is to be rolled back.
        case rollBack = "roll_back"
        /// A variant breaks a guardrail, and would be halted.
        case halt
    }

    public struct Rate: Sendable {
        public let event: Event
        /// The metric; nil for what is of all.
        public let metric: Identifier?
        public let observed: ObservedRate
        /// What the rate must not be above.
        public let promise: Double

        /// Whether chance cannot explain what was seen.
        public var isBroken: Bool { observed.lowerLimit(confidence: 0.999) > promise }
    }
}
