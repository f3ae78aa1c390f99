import HooklineEvents
import HooklinePrimitives

/// One version of an experiment, as the fold needs it.
struct MeasuredVersion: Sendable {
    let experiment: Identifier
    let version: Int
    /// The number under which the rows of the fold are kept.
    let fold: Int64
    let plan: MeasurementPlan
    /// The positions whose events belong to the version: after the lower bound, up to the upper one.
    let positions: ClosedRange<Int64>
    /// The positions whose exposures bring nobody in, bounded in the same way.
    let pauses: [ClosedRange<Int64>]

    func measures(_ position: Int64) -> Bool {
        position > positions.lowerBound && position <= positions.upperBound
    }

    /// What a measure that looks back counts may lie before the version's start.
    func measures(_ position: Int64, by measure: Measure) -> Bool {
        measure.looksBack ? position <= positions.upperBound : measures(position)
    }

    func isPaused(at position: Int64) -> Bool {
        pauses.contains { position > $0.lowerBound && position <= $0.upperBound }
    }
}
