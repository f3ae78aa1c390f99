import HooklineEvents
import HooklinePrimitives
import HooklineStatistics

/// What a version must come to, from all events that the log holds of it at once: each unit is looked at as a whole,
/// nothing is folded on from what was there before.
struct VersionRecount {
    private let measured: MeasuredVersion
    private let slices: Slices
    private(set) var cells: [CellKey: [Int?: Cell]] = [:]
    private(set) var tallies: [Tally: Int64] = [:]
    private(set) var observed = ObservedRows()
    private(set) var units = 0
    private var earliestExposure: Timestamp?
    private var waiting: [Identifier: UnitHistory] = [:]

    private var plan: MeasurementPlan { measured.plan }

    /// What the units that were counted are measured from.
    var needed: NeededEvents {
        let lookBack = plan.lookBackMilliseconds
        guard lookBack > 0, let earliestExposure else { return NeededEvents(after: measured.positions.lowerBound) }
        return NeededEvents(
            after: measured.positions.lowerBound,
            since: earliestExposure.advanced(byMilliseconds: -lookBack)
        )
    }

    /// - Parameter slices: as they were numbered by the fold.
    init(_ measured: MeasuredVersion, slices: Slices) {
        self.measured = measured
        self.slices = slices
    }

    // MARK: Reading the log

    /// Takes an event where it concerns the version. Events come in log order.
    /// - Parameter isIncluded: which units are recounted this time; what has no unit is, where `countsRest` says so.
    mutating func take(_ event: LoggedEvent, countsRest: Bool, isIncluded: (Identifier) -> Bool) {
        switch event.type {
        case ExperimentEvents.observation:
            guard countsRest, measured.measures(event.position),
                let (experiment, observation) = Observation.read(event),
                experiment == measured.experiment
            else { return }
            take(observation)
        case ExperimentEvents.exposure:
            guard measured.measures(event.position), let claim = ExposureClaim(event),
                claim.experiment == measured.experiment
            else { return }
            take(claim, event, countsRest: countsRest, isIncluded)
        default:
            guard let measures = plan.measuresByType[event.type], let unit = plan.unit(of: event), isIncluded(unit),
                measures.contains(where: { measured.measures(event.position, by: plan.measures[$0]) })
            else { return }
            waiting[unit, default: UnitHistory()].add(event)
        }
    }

    private mutating func take(_ observation: Observation) {
        guard plan.variants.contains(observation.variant), !plan.isFolded(observation.metric) else {
            return tally(.ignoredObservations, by: 1)
        }
        observed.apply(observation)
    }

    private mutating func take(
        _ claim: ExposureClaim,
        _ event: LoggedEvent,
        countsRest: Bool,
        _ isIncluded: (Identifier) -> Bool
    ) {
        let (outcome, shown) = UnitHistory.outcome(of: claim, event, in: measured)
        switch outcome {
        case .ignored: return
        case .outsideRun: if countsRest { tally(.exposuresOutsideRun, by: 1) }
        case .mismatch(nil): if countsRest { tally(.exposureMismatches, by: 1) }
        case .mismatch(let unit?): if isIncluded(unit) { tally(.exposureMismatches, by: 1) }
        case .taken: break
        }
        guard let shown, let unit = plan.unit(of: event), isIncluded(unit) else { return }
        waiting[unit, default: UnitHistory()].addExposure(event, shown: shown)
    }

    // MARK: Units

    /// Counts the units that were taken, and forgets them.
    mutating func finishUnits() {
        for (name, unit) in waiting where !unit.exposures.isEmpty { count(unit, name) }
        waiting = [:]
    }

    private mutating func count(_ unit: UnitHistory, _ name: Identifier) {
        units += 1
        let state = unit.state(of: name, in: measured, slices)
        if state.shown.count > 1 { tally(.unitsInSeveralVariants, by: 1) }
        guard state.isCounted, let exposure = state.exposure else { return }
        earliestExposure = min(earliestExposure ?? exposure.at, exposure.at)
        tally(.units(plan.variants[exposure.variant]), by: 1)
        for (number, metric) in plan.metrics.enumerated() {
            count(state.values, of: exposure, metric, number, group: UnitGroup.of(name))
        }
    }

    private mutating func count(
        _ values: [MeasureValue],
        of exposure: UnitState.Exposure,
        _ metric: MetricPlan,
        _ number: Int,
        group: Int
    ) {
        tally(.countedEvents(metric.metric.name), by: values[metric.value].counted)
        tally(.ignoredValues(metric.metric.name), by: metric.measures.reduce(0) { $0 + values[$1].ignored })
        let contribution = metric.contribution(values)
        guard contribution != .nothing else { return }
        let day = metric.maturesAfter == nil ? nil : Day.of(exposure.at)
        for slice in measured.slices(of: exposure, metric.form) {
            let key = CellKey(
                metric: number,
                variant: exposure.variant,
                slice: slice,
                part: metric.form == .groupedDistribution ? group : 0
            )
            cells[key, default: [:]][day, default: Cell(metric.form)].add(contribution)
        }
    }

    private mutating func tally(_ tally: Tally, by amount: Int64) {
        if amount != 0 { tallies[tally, default: 0] += amount }
    }
}
