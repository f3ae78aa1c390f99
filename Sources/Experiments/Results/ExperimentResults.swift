public import HooklinePrimitives
public import HooklineStatistics

/// What came of an experiment, as far as the log is folded. The results are those of its current version.
public struct ExperimentResults: Sendable {
    public let experiment: Experiment
    /// The log position up to which events are counted.
    public let foldedPosition: Int64
    /// The moment up to which the log is counted: the units whose windows have closed by then are mature. At the latest
    /// when the experiment was concluded.
    public let asOf: Timestamp
    /// Whether nothing can change any more: the experiment is concluded and folded to its end.
    public let isFinal: Bool
    /// Whether it was the moment that was planned to read the results.
    public let read: PlannedRead
    public let sampleRatio: SampleRatio
    /// Units that were shown more than one variant; they are left out of all.
    public let unitsInSeveralVariants: Int64
    /// Exposures whose variant is not the one that the server computes; they were not counted.
    public let exposureMismatches: Int64
    /// Exposures that came while the experiment was paused, or after their arm was halted; they were not counted.
    public let exposuresOutsideRun: Int64
    /// Observations of a variant that the current version does not have.
    public let ignoredObservations: Int64
    public let metrics: [MetricResult]
    /// How the plan is getting on. Nil without a plan, where not all metrics were asked for, before the experiment has run for
    /// an hour, and when it is over.
    public let outlook: PlanOutlook?

    /// Events that metrics left out because the property is missing, no number or too large.
    public var ignoredValues: Int64 { metrics.reduce(0) { $0 + $1.ignoredValues } }
}

/// What somebody wants to see of the results.
public struct ResultsRequest: Sendable {
    /// Only this metric; nil for all.
    public var metric: Identifier?
    /// Also units whose windows are still open, which have not yet done all that will count.
    public var includesOpen: Bool
    /// Broken down by the values of this dimension too; nil for all units only.
    public var dimension: Identifier?
    /// Whether this is the one moment that was fixed, before anybody saw a result, to read them. Whoever says so twice is
    /// misled.
    public var isThePlannedRead: Bool

    public init(
        metric: Identifier? = nil,
        includesOpen: Bool = false,
        dimension: Identifier? = nil,
        isThePlannedRead: Bool = false
    ) {
        self.metric = metric
        self.includesOpen = includesOpen
        self.dimension = dimension
        self.isThePlannedRead = isThePlannedRead
    }
}

/// One metric in all variants.
public struct MetricResult: Sendable {
    /// What was declared; a metric that is only observed has its name and its kind.
    public let metric: Metric
    /// Whether it was added when there were results to be seen. Then it is not part of what the experiment set out to
    /// show, and not of the family of tests that are adjusted together.
    public let isAddedLater: Bool
    /// Whether some units do not stand in it yet. Then there are no numbers.
    public let isBeingBuilt: Bool
    /// In the order of the definition.
    public let variants: [VariantResult]
    /// The same for the units of each slice of the dimension that was asked for.
    public let slices: [SliceResult]
    /// Units whose windows are still open. They are counted only where that was asked for.
    public let openUnits: Int64
    public let includesOpen: Bool
    /// What the percentile of the cap has come to; nil without one, and without units.
    public let capValue: Double?
    /// The weight of the covariate; nil without one, and where it does not vary.
    public let theta: Double?
    /// The events that were added up, of all units.
    public let countedEvents: Int64
    /// The events that were left out because the property is missing, no number or too large.
    public let ignoredValues: Int64
    public let warnings: [MetricWarning]

    public var name: Identifier { metric.name }
    public var kind: Metric.Kind { metric.kind }
    /// Of control.
    public var control: VariantResult? { variants.first { $0.isControl } }
    /// Of the others.
    public var treatments: [VariantResult] { variants.filter { !$0.isControl } }
}

/// What may be wrong with a metric, though nothing has failed.
public enum MetricWarning: Sendable, Hashable {
    /// Units were exposed, and none of them had an event that counts.
    case noEvents
    /// There were events, and none of them had the property as a number.
    case noValues
    /// Some events were left out because the property is missing, no number or too large.
    case ignoredValues(Int64)
    /// The covariate is the same for all units, so nothing was adjusted.
    case constantCovariate
}

/// One metric in one slice of a dimension.
public struct SliceResult: Sendable {
    /// The value of the dimension; nil where the exposure did not have it.
    public let value: String?
    /// Whether these are the units of all values that came after the dimension had as many as it may.
    public let isOther: Bool
    public let variants: [VariantResult]
}

/// One metric in one variant, and how it compares with control.
public struct VariantResult: Sendable {
    public let variant: Identifier
    public let isControl: Bool
    /// The units; the observations of an observed metric, the events of a quantile of events.
    public let n: Int64
    /// The units that are independent of each other: `n`, or the clusters or groups that they stand in.
    public let independentUnits: Int64
    /// The mean, ratio or quantile as it was measured; nil without a unit.
    public let mean: Double?
    /// Of the values, with n - 1; nil below two, and for a quantile.
    public let standardDeviation: Double?
    /// The mean or ratio after the covariate has taken its share out; nil without one. Tests compare it.
    public let adjustedMean: Double?
    /// The share of the variance that the covariate took out; nil without one.
    public let varianceReduction: Double?
    public let controlMean: Double?
    /// The test that holds for one look at a moment that was fixed in advance, as it would be now. ``planned`` has what came
    /// of it when the moment was there. Nil for control itself.
    public let comparison: Result<WelchTest, NotTestable>?
    /// The test that holds however often one looks. Nil for control itself.
    public let anytime: Result<AnytimeTest, NotTestable>?
    /// What is to be believed of the lift, as a share of control, with `NormalPrior.lift` before. It describes, and does not
    /// allow for looking. Nil for control itself.
    public let posterior: Result<PosteriorComparison, NotTestable>?
    /// What was read at the moment that was planned; nil before it, and for control.
    public let planned: PlannedReading?
    /// Whether this arm or control has fewer conversions than the bounds of a lift need (`ProportionTest.minimumConversions`);
    /// then there are none. False for what is no share of units.
    public let hasTooFewConversions: Bool
    /// Whether those who came later are affected otherwise than those who came first; nil where nobody knows yet, and for
    /// control.
    public let novelty: NoveltyTest?
    /// That it was halted; nil where it goes on. What is measured of it from then on is of units that see control.
    public let halt: Experiment.HaltedArm?
    /// Whether a guardrail with a margin holds; nil for any other metric, and for control.
    public let guardrail: GuardrailVerdict?

    /// Of the lift, in percent, however often one looks; nil where it has no bounds.
    public var anytimeLift: ConfidenceInterval? { hasTooFewConversions ? nil : (try? anytime?.get())?.lift.interval }

    /// Why the lift has no value, or no bounds, as a sentence; nil where it has both, or there is no test.
    public var liftGap: String? {
        guard hasTooFewConversions, test != nil else { return test?.lift.gap?.description }
        return "An arm has fewer than \(ProportionTest.minimumConversions) conversions: too few for bounds of a lift."
    }

    /// The test of one look where there is one.
    public var test: WelchTest? { try? comparison?.get() }
}

extension VariantResult {
    /// - Parameters: what compares it with control; nil for control itself.
    init(
        _ variant: Identifier,
        _ arm: ArmEstimate,
        controlMean: Double?,
        comparison: Result<WelchTest, NotTestable>? = nil,
        anytime: Result<AnytimeTest, NotTestable>? = nil,
        posterior: Result<PosteriorComparison, NotTestable>? = nil,
        planned: PlannedReading? = nil,
        hasTooFewConversions: Bool = false,
        novelty: NoveltyTest? = nil,
        halt: Experiment.HaltedArm? = nil,
        guardrail: GuardrailVerdict? = nil
    ) {
        self.variant = variant
        isControl = comparison == nil
        n = arm.measured.observations
        independentUnits = arm.measured.n
        mean = arm.measured.mean
        standardDeviation = arm.measured.standardDeviation
        adjustedMean = arm.adjusted?.mean
        varianceReduction = arm.varianceReduction
        self.controlMean = controlMean
        self.comparison = comparison
        self.anytime = anytime
        self.posterior = posterior
        self.planned = planned
        self.hasTooFewConversions = hasTooFewConversions
        self.novelty = novelty
        self.halt = halt
        self.guardrail = guardrail
    }
}

/// What is known of a guardrail: whether the variant is worse than control by no more than the margin.
public enum GuardrailVerdict: String, Sendable {
    /// The whole interval of the lift is better than the margin.
    case holds
    /// The whole interval is worse.
    case violated
    /// Chance does not let it be told yet.
    case undecided

    /// - Parameter lift: the interval of the lift in percent; nil where there is none.
    init(lift: ConfidenceInterval?, margin: Double, direction: Metric.Direction) {
        guard let lift else {
            self = .undecided
            return
        }
        let limit = margin * 100
        // How much worse it is at best and at worst.
        let (best, worst) = direction == .increase ? (-lift.upper, -lift.lower) : (lift.lower, lift.upper)
        self = worst < limit ? .holds : best > limit ? .violated : .undecided
    }
}
