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
    let startedAt: Timestamp

    /// What it is measured from: the events after its start, and before that as far as its metrics look back.
    ///
    /// A look-back is a matter of when events happened, and reaches back from an exposure. Exposures that happened after the
    /// start need nothing that lies further back than this; of one that is dated earlier only so much of the past is
    /// sure to be there.
    var needed: NeededEvents {
        let lookBack = plan.lookBackMilliseconds
        return NeededEvents(
            after: positions.lowerBound,
            since: lookBack > 0 ? startedAt.advanced(byMilliseconds: -lookBack) : nil
        )
    }

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
