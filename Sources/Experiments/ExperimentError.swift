public import HooklinePrimitives

/// What can be wrong with a call of this domain.
public enum ExperimentError: Error, Equatable {
    /// There is no such experiment.
    case unknownExperiment(Identifier)
    /// An experiment of this id exists.
    case exists(Identifier)
    /// The experiment has no such variant.
    case unknownVariant(Identifier, accepted: [Identifier])
    /// The experiment has no such metric.
    case unknownMetric(Identifier, accepted: [Identifier])
    /// The state does not allow the call.
    case wrongState(ExperimentState, accepted: [ExperimentState])
    /// A field of the definition or of the call has a wrong value.
    case invalid(field: String, problem: String)
    /// There is no named metric of this id.
    case unknownNamedMetric(Identifier)
    /// The named metric has no such version.
    case unknownMetricVersion(Identifier, Int, latest: Int)
    /// A named metric of this id exists.
    case metricExists(Identifier)
    /// The named metric is archived, so it cannot be changed. Restore it first.
    case archivedMetric(Identifier)
    /// The experiment was changed by somebody else in between. Read it and try again.
    case changedMeanwhile(Identifier)
    /// The results tell neither to ship nor to roll back, so they choose no winner.
    case undecided(Decision)
    /// This node is validating an experiment already, which takes a core for as long as it lasts.
    case validating
    /// The log no longer holds all that the metric would have to be measured from.
    case logTooShort(Identifier)
    /// The log no longer holds all that the experiment was measured from, so it cannot be counted again.
    case logTooShortToRecount(Identifier)
}

extension ExperimentError {
    static let invalidCursor = invalid(field: "cursor", problem: "is none that a page gave out as 'next'")
}
