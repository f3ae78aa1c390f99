public import HooklinePrimitives
public import HooklineStatistics

/// What came of an experiment, as far as the log is folded. The results are those of its current version.
public struct ExperimentResults: Sendable {
    public let experiment: Experiment
    /// The log position up to which events are counted.
    public let foldedPosition: Int64
    /// Whether nothing can change any more: the experiment is concluded and folded to its end.
    public let isFinal: Bool
    public let sampleRatio: SampleRatio
    /// Exposures whose variant is not the one that the server computes; they were not counted.
    public let exposureMismatches: Int64
    /// Exposures that came while the experiment was paused; they were not counted.
    public let exposuresOutsideRun: Int64
    /// Events that a sum or a mean left out because the property is missing, no number or too large.
    public let ignoredValues: Int64
    /// Observations of a variant that the current version does not have.
    public let ignoredObservations: Int64
    public let metrics: [MetricResult]
}

/// Whether the units were dealt out as planned. Where they were not, something is broken and no other number counts.
public struct SampleRatio: Sendable {
    public enum Status: String, Sendable {
        case ok
        /// The p-value is below the threshold.
        case mismatch
        /// Nobody was exposed yet.
        case notEnoughData = "not_enough_data"
        /// The experiment has neither exposures nor results of units that somebody else has dealt out.
        case notChecked = "not_checked"
    }

    public struct Arm: Sendable {
        public let variant: Identifier
        public let observed: Int64
        /// Nil where there is no test.
        public let expected: Double?
    }

    public let status: Status
    /// The chi-squared test against the buckets realised; nil where there is nothing to test.
    public let test: SampleRatioTest?
    public let arms: [Arm]
    /// What was counted: `exposures`, or the units of an observed metric.
    public let source: String?

    /// A mismatch is called where the p-value is below: small, because every look at every experiment is a test.
    public static let threshold = 0.001
}

/// One metric in all variants.
public struct MetricResult: Sendable {
    public let metric: Identifier
    public let kind: Metric.Kind
    /// In the order of the definition.
    public let variants: [VariantResult]

    /// Of control.
    public var control: VariantResult? { variants.first { $0.isControl } }
    /// Of the others.
    public var treatments: [VariantResult] { variants.filter { !$0.isControl } }
}

/// One metric in one variant, and how it compares with control.
public struct VariantResult: Sendable {
    public let variant: Identifier
    public let isControl: Bool
    /// The units, or the observations of an observed metric.
    public let n: Int64
    /// The units that are independent of each other: `n`, or the clusters of an observed metric.
    public let independentUnits: Int64
    /// Nil without a unit.
    public let mean: Double?
    /// Of the values, with n - 1; nil below two.
    public let standardDeviation: Double?
    public let controlMean: Double?
    /// Nil for control itself.
    public let comparison: Result<WelchTest, NotTestable>?

    /// The test where there is one.
    public var test: WelchTest? { try? comparison?.get() }
}
