import HooklinePrimitives
import HooklineStatistics

/// What a batch of events changes in the rows of a version.
struct FoldChanges {
    /// What comes into a cell or goes out of it.
    struct Move {
        /// The day of the exposure; nil for a metric whose windows never close.
        let day: Int?
        let contribution: Contribution
        let isAdded: Bool
    }

    private let plan: MeasurementPlan
    private(set) var units: [Identifier: UnitState] = [:]
    private(set) var moves: [CellKey: [Move]] = [:]
    /// How much each tally grows.
    private(set) var tallies: [Tally: Int64]

    init(_ plan: MeasurementPlan, tallies: [Tally: Int64] = [:]) {
        self.plan = plan
        self.tallies = tallies
    }

    /// A unit is now as `new` and no longer as `old`.
    mutating func replace(_ old: UnitState, with new: UnitState, of unit: Identifier) {
        units[unit] = new
        count(old, by: -1)
        count(new, by: 1)
        let group = UnitGroup.of(unit)
        let isInPlace = old.isCounted == new.isCounted && old.exposure == new.exposure
        for (number, metric) in plan.metrics.enumerated() {
            let before = number < old.metrics ? contribution(of: old, metric) : .nothing
            let after = number < new.metrics ? contribution(of: new, metric) : .nothing
            if isInPlace, before == after { continue }
            move(before, of: old, metric, number, group, isAdded: false)
            move(after, of: new, metric, number, group, isAdded: true)
        }
    }

    /// What a unit brings into a metric that it stands in; nothing where it does not take part.
    private func contribution(of state: UnitState, _ metric: MetricPlan) -> Contribution {
        state.isCounted ? metric.contribution(state.values) : .nothing
    }

    private mutating func move(
        _ contribution: Contribution,
        of state: UnitState,
        _ metric: MetricPlan,
        _ number: Int,
        _ group: Int,
        isAdded: Bool
    ) {
        guard contribution != .nothing, let exposure = state.exposure else { return }
        let move = Move(
            day: metric.maturesAfter == nil ? nil : Day.of(exposure.at),
            contribution: contribution,
            isAdded: isAdded
        )
        let part = metric.form == .groupedDistribution ? group : 0
        for slice in [0] + exposure.slices {
            let key = CellKey(metric: number, variant: exposure.variant, slice: slice, part: part)
            moves[key, default: []].append(move)
        }
    }

    private mutating func count(_ state: UnitState, by amount: Int64) {
        if state.shown.count > 1 { tally(.unitsInSeveralVariants, by: amount) }
        guard state.isCounted, let exposure = state.exposure else { return }
        tally(.units(plan.variants[exposure.variant]), by: amount)
        for metric in plan.metrics.prefix(state.metrics) {
            let value = state.values[metric.value]
            if value.counted > 0 { tally(.countedEvents(metric.metric.name), by: amount * value.counted) }
            let ignored = metric.measures.reduce(0) { $0 + state.values[$1].ignored }
            if ignored > 0 { tally(.ignoredValues(metric.metric.name), by: amount * ignored) }
        }
    }

    private mutating func tally(_ tally: Tally, by amount: Int64) { tallies[tally, default: 0] += amount }
}

/// The group of a unit, for intervals that take the events of a unit as dependent.
enum UnitGroup {
    private static let seed = AllocationSeed("hookline.quantile.group")

    static func of(_ unit: Identifier) -> Int { seed.bucket(of: unit.text) % ClusteredQuantile.groupCount }
}
