import HooklinePrimitives
import HooklineStatistics

/// A unit that was exposed.
struct FoldedUnit: Equatable {
    let variant: Identifier
    /// The earliest exposure known.
    let exposedAt: Timestamp
}

struct ValueKey: Hashable {
    let unit: Identifier
    let metric: Identifier
    let variant: Identifier
}

struct MomentsKey: Hashable {
    let metric: Identifier
    let variant: Identifier
}

/// What is counted beside the metrics.
enum Tally: Hashable {
    /// Units that were exposed to a variant.
    case units(Identifier)
    /// Exposures whose variant is not the one that the server computes.
    case exposureMismatches
    /// Exposures while the experiment was paused.
    case exposuresOutsideRun
    /// Events that a sum or mean left out because the property is no number.
    case ignoredValues
    /// Observations of a variant or metric that the version does not have.
    case ignoredObservations

    var name: String {
        switch self {
        case .units: "units"
        case .exposureMismatches: "exposure_mismatches"
        case .exposuresOutsideRun: "exposures_outside_run"
        case .ignoredValues: "ignored_values"
        case .ignoredObservations: "ignored_observations"
        }
    }

    var variant: String {
        if case .units(let variant) = self { variant.text } else { "" }
    }

    init?(name: String, variant: Identifier) {
        switch name {
        case "units": self = .units(variant)
        case "exposure_mismatches": self = .exposureMismatches
        case "exposures_outside_run": self = .exposuresOutsideRun
        case "ignored_values": self = .ignoredValues
        case "ignored_observations": self = .ignoredObservations
        default: return nil
        }
    }
}

/// The rows of one version that a batch of events reads and changes.
struct FoldedRows {
    private(set) var units: [Identifier: FoldedUnit] = [:]
    private(set) var values: [ValueKey: MetricValue] = [:]
    private(set) var moments: [MomentsKey: Moments] = [:]
    private(set) var clusteredMoments: [MomentsKey: ClusteredMoments] = [:]
    private(set) var tallies: [Tally: Int64] = [:]

    private(set) var changedUnits: Set<Identifier> = []
    private(set) var changedValues: Set<ValueKey> = []
    private(set) var changedMoments: Set<MomentsKey> = []
    private(set) var changedTallies: Set<Tally> = []

    // MARK: What the database holds

    mutating func load(_ unit: Identifier, _ row: FoldedUnit) { units[unit] = row }
    mutating func load(_ key: ValueKey, _ value: MetricValue) { values[key] = value }
    mutating func load(_ key: MomentsKey, _ loaded: Moments) { moments[key] = loaded }
    mutating func load(_ key: MomentsKey, _ loaded: ClusteredMoments) { clusteredMoments[key] = loaded }
    mutating func load(_ tally: Tally, _ amount: Int64) { tallies[tally] = amount }

    // MARK: What the fold changes

    mutating func setUnit(_ unit: Identifier, _ row: FoldedUnit) {
        units[unit] = row
        changedUnits.insert(unit)
    }

    mutating func setValue(_ key: ValueKey, _ value: MetricValue) {
        values[key] = value
        changedValues.insert(key)
    }

    mutating func updateMoments(_ key: MomentsKey, _ change: (inout Moments) -> Void) {
        change(&moments[key, default: Moments()])
        changedMoments.insert(key)
    }

    mutating func updateClusteredMoments(_ key: MomentsKey, _ change: (inout ClusteredMoments) -> Void) {
        change(&clusteredMoments[key, default: ClusteredMoments()])
        changedMoments.insert(key)
    }

    mutating func tally(_ tally: Tally, by amount: Int64) {
        tallies[tally, default: 0] += amount
        changedTallies.insert(tally)
    }
}
