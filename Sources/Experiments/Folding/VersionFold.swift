import HooklineEvents
import HooklinePrimitives

/// The fold of the log into one version of an experiment: one update per event, in log order.
///
/// It starts from the units that a batch of events may touch, as they were before it, and ends with how they are after
/// it. What comes out depends on the log and the definition alone, not on where the batches begin and end.
///
///     var fold = VersionFold(measured, units: units, slices: slices, observed: observed)
///     for entry in entries { fold.apply(entry) }
///     for (unit, events) in history(of: fold.exposuresOfUnmeasured) { fold.measure(unit, from: events) }
///     let changes = fold.changes
struct VersionFold {
    let measured: MeasuredVersion
    private(set) var slices: Slices
    private(set) var observed: ObservedRows
    /// How much each tally has grown, beside what follows from the units.
    private var tallies: [Tally: Int64] = [:]
    private var units: [Identifier: Unit]
    /// The units that must be measured anew from all their events: those that are new, that were exposed earlier than
    /// was known, or whose events came in another order than they happened.
    private var unmeasured: Set<Identifier> = []

    /// A unit as it was before the batch, and as it is now.
    private struct Unit {
        let before: UnitState
        var after: UnitState
    }

    private var plan: MeasurementPlan { measured.plan }

    init(_ measured: MeasuredVersion, units: [Identifier: UnitState], slices: Slices, observed: ObservedRows) {
        self.measured = measured
        self.slices = slices
        self.observed = observed
        self.units = units.mapValues { Unit(before: $0, after: $0) }
    }

    /// Folds one event that belongs to the version.
    mutating func apply(_ entry: BatchOfEvents.Entry) {
        switch entry.claim {
        case .exposure(let claim): apply(claim, entry.event)
        case .observation(let observation): apply(observation)
        case nil: apply(entry.read)
        }
    }

    private mutating func tally(_ tally: Tally, by amount: Int64) { tallies[tally, default: 0] += amount }

    // MARK: Exposures

    private mutating func apply(_ claim: ExposureClaim, _ event: LoggedEvent) {
        let (outcome, shown) = UnitHistory.outcome(of: claim, event, in: measured)
        switch outcome {
        case .taken: break
        case .mismatch: tally(.exposureMismatches, by: 1)
        case .outsideRun: tally(.exposuresOutsideRun, by: 1)
        case .ignored: return
        }
        guard let shown, let unit = plan.unit(of: event) else { return }
        var state = units[unit]?.after ?? UnitState()
        state.wasShown(shown)
        if outcome == .taken, state.exposure.map({ event.occurredAt < $0.at }) ?? true {
            let slices = slices.numbers(of: event, plan.dimensions)
            state.wasExposed(UnitState.Exposure(variant: shown, at: event.occurredAt, slices: slices))
            unmeasured.insert(unit)
        }
        if !state.isCounted { unmeasured.remove(unit) }
        units[unit, default: Unit(before: UnitState(), after: state)].after = state
    }

    // MARK: Events

    private mutating func apply(_ read: ReadEvent) {
        guard let unit = plan.unit(of: read.event), let index = units.index(forKey: unit),
            units.values[index].after.isCounted, let exposure = units.values[index].after.exposure,
            !unmeasured.contains(unit)
        else { return }
        let known = units.values[index].after.values.count
        for number in plan.measuresByType[read.event.type] ?? [] where number < known {
            let measure = plan.measures[number]
            guard measure.counts(read, exposedAt: exposure.at) else { continue }
            let isAdded = units.values[index].after.values[number].add(read, as: measure.amount)
            guard isAdded else {
                unmeasured.insert(unit)
                return
            }
        }
    }

    /// When the units that have to be measured anew were exposed.
    var exposuresOfUnmeasured: [Identifier: Timestamp] {
        var exposures: [Identifier: Timestamp] = [:]
        for unit in unmeasured { exposures[unit] = units[unit]?.after.exposure?.at }
        return exposures
    }

    /// Measures a unit anew.
    /// - Parameter events: all of its events that the log holds up to the end of the batch and that may count.
    mutating func measure(_ unit: Identifier, from events: [LoggedEvent]) {
        guard unmeasured.remove(unit) != nil, let exposure = units[unit]?.after.exposure else { return }
        let reads = events.map(ReadEvent.init)
        let plan = plan
        let values = UnitMeasurement(measured).values(of: exposure, reads, of: plan.measures[...])
        units[unit]?.after.wasMeasured(values, by: plan)
    }

    // MARK: Observations

    private mutating func apply(_ observation: Observation) {
        guard plan.variants.contains(observation.variant), !plan.isFolded(observation.metric) else {
            return tally(.ignoredObservations, by: 1)
        }
        observed.apply(observation)
    }

    // MARK: What has changed

    /// Ask for it when no unit is `unmeasured` any more.
    var changes: FoldChanges {
        precondition(unmeasured.isEmpty, "a unit was not measured")
        var changes = FoldChanges(measured, tallies: tallies)
        for (name, unit) in units where unit.before != unit.after {
            changes.replace(unit.before, with: unit.after, of: name)
        }
        return changes
    }
}

/// Measures units from all that the log holds of them.
struct UnitMeasurement {
    private let measured: MeasuredVersion

    init(_ measured: MeasuredVersion) {
        self.measured = measured
    }

    /// - Parameter reads: the unit's events, in any order.
    func values(
        of exposure: UnitState.Exposure,
        _ reads: [ReadEvent],
        of measures: ArraySlice<Measure>
    ) -> [MeasureValue] {
        let inOrder = reads.sorted { $0.isBefore($1) }
        return measures.map { measure in
            var value = MeasureValue(of: measure.amount)
            for read in inOrder
            where measured.measures(read.event.position, by: measure) && measure.counts(read, exposedAt: exposure.at) {
                let isInOrder = value.add(read, as: measure.amount)
                precondition(isInOrder, "events in the order in which they happened")
            }
            return value
        }
    }
}
