import HooklineEvents
import HooklinePrimitives

/// What the log holds of one unit: where its state comes from when it is not folded on but looked at as a whole.
struct UnitHistory {
    private(set) var exposures: [(shown: Int, event: LoggedEvent)] = []
    private(set) var reads: [ReadEvent] = []

    /// What becomes of an exposure.
    enum Outcome: Equatable {
        case taken
        /// An exposure to another variant than the unit's own, taken where it is one of the experiment.
        case mismatch(unit: Identifier?)
        /// An exposure during a pause, or after its arm was halted.
        case outsideRun
        /// Of no unit, or not measured.
        case ignored
    }

    /// Whom an exposure was shown what, as a version sees it. Who sees what is a pure function: what the sender claims is
    /// only compared with it.
    static func outcome(
        of claim: ExposureClaim,
        _ event: LoggedEvent,
        in measured: MeasuredVersion
    ) -> (Outcome, shown: Int?) {
        guard measured.measures(event.position), claim.experiment == measured.experiment else { return (.ignored, nil) }
        guard !measured.isPaused(at: event.position) else { return (.outsideRun, nil) }
        guard let unit = measured.plan.unit(of: event), let own = measured.plan.variant(of: unit) else {
            return (.mismatch(unit: nil), nil)
        }
        guard !measured.isHalted(own, at: event.position) else { return (.outsideRun, nil) }
        let shown = claim.variant.map { measured.plan.variants.firstIndex(of: $0) } ?? own
        return (shown == own ? .taken : .mismatch(unit: unit), shown)
    }

    mutating func addExposure(_ event: LoggedEvent, shown: Int) { exposures.append((shown, event)) }

    mutating func add(_ event: LoggedEvent) { reads.append(ReadEvent(event)) }

    /// The state of the unit of this name. New slices are not numbered but by the fold, in whose order they come.
    func state(of unit: Identifier, in measured: MeasuredVersion, _ slices: Slices) -> UnitState {
        var state = UnitState()
        for exposure in exposures { state.wasShown(exposure.shown) }
        let own = measured.plan.variant(of: unit)
        // Of those at the same moment the first in the log.
        guard let own,
            let first = exposures.filter({ $0.shown == own }).map(\.event)
                .min(by: { ($0.occurredAt, $0.position) < ($1.occurredAt, $1.position) })
        else { return state }
        var slices = slices
        let exposure = UnitState.Exposure(
            variant: own,
            at: first.occurredAt,
            slices: slices.numbers(of: first, measured.plan.dimensions)
        )
        state.wasExposed(exposure)
        guard state.isCounted else { return state }
        let plan = measured.plan
        state.wasMeasured(UnitMeasurement(measured).values(of: exposure, reads, of: plan.measures[...]), by: plan)
        return state
    }
}
