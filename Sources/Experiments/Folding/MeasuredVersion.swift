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
    /// The positions after which exposures to an arm bring nobody in, by the index of its variant.
    let halts: [Int: Int64]
    let startedAt: Timestamp
    /// When units cease to be early (`EarlyUnits`); nil where they are not kept apart.
    let earlyUntil: Timestamp?

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

    func isHalted(_ variant: Int, at position: Int64) -> Bool {
        halts[variant].map { position > $0 } ?? false
    }

    /// The slices of a metric that a unit stands in: all units, those of its dimensions, and the early ones where the metric
    /// keeps them.
    func slices(of exposure: UnitState.Exposure, _ form: MetricPlan.Form) -> [Int] {
        let isEarly = form.keepsEarlyUnits && earlyUntil.map { exposure.at < $0 } ?? false
        return [0] + exposure.slices + (isEarly ? [EarlyUnits.slice] : [])
    }
}
