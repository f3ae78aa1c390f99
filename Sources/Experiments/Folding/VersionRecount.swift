import HooklineEvents
import HooklinePrimitives
import HooklineStatistics

/// What a version must come to, from all events that the log holds of it at once: each unit is looked at as a whole,
/// nothing is folded on from what was there before.
struct VersionRecount {
    /// What the log holds of one unit.
    private struct Unit {
        var exposures: [(shown: Int, event: LoggedEvent)] = []
        var reads: [ReadEvent] = []
    }

    private let measured: MeasuredVersion
    private let slices: Slices
    private(set) var cells: [CellKey: [Int?: Cell]] = [:]
    private(set) var tallies: [Tally: Int64] = [:]
    private(set) var observed = ObservedRows()
    private(set) var units = 0
    private var waiting: [Identifier: Unit] = [:]

    private var plan: MeasurementPlan { measured.plan }

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
            waiting[unit, default: Unit()].reads.append(ReadEvent(event))
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
        guard !measured.isPaused(at: event.position) else {
            if countsRest { tally(.exposuresOutsideRun, by: 1) }
            return
        }
        guard let unit = plan.unit(of: event), let own = plan.variant(of: unit) else {
            if countsRest { tally(.exposureMismatches, by: 1) }
            return
        }
        guard isIncluded(unit) else { return }
        let shown = claim.variant.map { plan.variants.firstIndex(of: $0) } ?? own
        if shown != own { tally(.exposureMismatches, by: 1) }
        if let shown { waiting[unit, default: Unit()].exposures.append((shown, event)) }
    }

    // MARK: Units

    /// Counts the units that were taken, and forgets them.
    mutating func finishUnits() {
        for (name, unit) in waiting where !unit.exposures.isEmpty { count(unit, name) }
        waiting = [:]
    }

    private mutating func count(_ unit: Unit, _ name: Identifier) {
        units += 1
        guard Set(unit.exposures.map(\.shown)).count == 1 else { return tally(.unitsInSeveralVariants, by: 1) }
        let own = plan.variant(of: name)
        // Of those at the same moment the first in the log.
        guard
            let first = unit.exposures.filter({ $0.shown == own }).map(\.event)
                .min(by: { ($0.occurredAt, $0.position) < ($1.occurredAt, $1.position) }), let own
        else { return }
        var slices = slices
        let exposure = UnitState.Exposure(
            variant: own,
            at: first.occurredAt,
            slices: slices.numbers(of: first, plan.dimensions)
        )
        tally(.units(plan.variants[own]), by: 1)
        let values = UnitMeasurement(measured).values(of: exposure, unit.reads, of: plan.measures[...])
        for (number, metric) in plan.metrics.enumerated() {
            count(values, of: exposure, metric, number, group: UnitGroup.of(name))
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
        for slice in [0] + exposure.slices {
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
