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
    /// The experiment was changed by somebody else in between. Read it and try again.
    case changedMeanwhile(Identifier)
    /// The log no longer holds all that the metric would have to be measured from.
    case logTooShort(Identifier)
}
