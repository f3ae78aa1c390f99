import HooklinePrimitives

/// What is counted beside the metrics.
enum Tally: Hashable {
    /// Units that take part, by variant.
    case units(Identifier)
    /// Units that were shown more than one variant, and are left out of all.
    case unitsInSeveralVariants
    /// Exposures whose variant is not the one that the server computes.
    case exposureMismatches
    /// Exposures while the experiment was paused, or after their arm was halted.
    case exposuresOutsideRun
    /// Events that a metric has added up, of units that take part.
    case countedEvents(Identifier)
    /// Events that a metric left out because the property is missing, no number or too large.
    case ignoredValues(Identifier)
    /// Observations of a variant or metric that the version does not have.
    case ignoredObservations

    var name: String {
        switch self {
        case .units: "units"
        case .unitsInSeveralVariants: "units_in_several_variants"
        case .exposureMismatches: "exposure_mismatches"
        case .exposuresOutsideRun: "exposures_outside_run"
        case .countedEvents: "counted_events"
        case .ignoredValues: "ignored_values"
        case .ignoredObservations: "ignored_observations"
        }
    }

    /// The variant or metric that it is of; empty for all together.
    var subject: String {
        switch self {
        case .units(let subject), .countedEvents(let subject), .ignoredValues(let subject): subject.text
        case .unitsInSeveralVariants, .exposureMismatches, .exposuresOutsideRun, .ignoredObservations: ""
        }
    }

    init?(name: String, subject: Identifier) {
        switch name {
        case "units": self = .units(subject)
        case "units_in_several_variants": self = .unitsInSeveralVariants
        case "exposure_mismatches": self = .exposureMismatches
        case "exposures_outside_run": self = .exposuresOutsideRun
        case "counted_events": self = .countedEvents(subject)
        case "ignored_values": self = .ignoredValues(subject)
        case "ignored_observations": self = .ignoredObservations
        default: return nil
        }
    }
}
