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

    private let measured: MeasuredVersion
    private(set) var units: [(unit: Identifier, state: UnitState)] = []
    private(set) var moves: [CellKey: [Move]] = [:]
    private let otherTallies: [Tally: Int64]
    /// By how much each of these tallies grows: by variant, and by metric. Numbered, because every event changes some.
    private var counted: [Int64]
    private var ignored: [Int64]
    private var unitsOfVariants: [Int64]
    private var unitsInSeveralVariants: Int64 = 0

    private var plan: MeasurementPlan { measured.plan }

    init(_ measured: MeasuredVersion, tallies: [Tally: Int64] = [:]) {
        self.measured = measured
        let plan = measured.plan
        otherTallies = tallies
        counted = Array(repeating: 0, count: plan.metrics.count)
        ignored = counted
        unitsOfVariants = Array(repeating: 0, count: plan.variants.count)
    }

    /// How much each tally grows.
    var tallies: [Tally: Int64] {
        var tallies = otherTallies
        func tally(_ tally: Tally, by amount: Int64) { if amount != 0 { tallies[tally, default: 0] += amount } }
        for (variant, units) in zip(plan.variants, unitsOfVariants) { tally(.units(variant), by: units) }
        tally(.unitsInSeveralVariants, by: unitsInSeveralVariants)
        for (number, metric) in plan.metrics.enumerated() {
            tally(.countedEvents(metric.metric.name), by: counted[number])
            tally(.ignoredValues(metric.metric.name), by: ignored[number])
        }
        return tallies
    }

    /// A unit is now as `new` and no longer as `old`.
    mutating func replace(_ old: UnitState, with new: UnitState, of unit: Identifier) {
        units.append((unit, new))
        count(old, by: -1)
        count(new, by: 1)
        let isInPlace = old.isCounted == new.isCounted && old.exposure == new.exposure
        let inBoth = min(old.metrics, new.metrics)
        for (number, metric) in plan.metrics.enumerated() {
            // Most events change one measure of many, and nothing else.
            if isInPlace, number < inBoth, metric.measures.allSatisfy({ old.values[$0] == new.values[$0] }) { continue }
            let before = number < old.metrics ? contribution(of: old, metric) : .nothing
            let after = number < new.metrics ? contribution(of: new, metric) : .nothing
            if isInPlace, before == after { continue }
            let part = metric.form == .groupedDistribution ? UnitGroup.of(unit) : 0
            move(before, of: old, metric, number, part, isAdded: false)
            move(after, of: new, metric, number, part, isAdded: true)
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
        _ part: Int,
        isAdded: Bool
    ) {
        guard contribution != .nothing, let exposure = state.exposure else { return }
        let move = Move(
            day: metric.maturesAfter == nil ? nil : Day.of(exposure.at),
            contribution: contribution,
            isAdded: isAdded
        )
        for slice in measured.slices(of: exposure, metric.form) {
            let key = CellKey(metric: number, variant: exposure.variant, slice: slice, part: part)
            moves[key, default: []].append(move)
        }
    }

    private mutating func count(_ state: UnitState, by amount: Int64) {
        if state.shown.count > 1 { unitsInSeveralVariants += amount }
        guard state.isCounted, let exposure = state.exposure else { return }
        unitsOfVariants[exposure.variant] += amount
        for number in 0..<state.metrics {
            let metric = plan.metrics[number]
            counted[number] += amount * state.values[metric.value].counted
            for measure in metric.measures { ignored[number] += amount * state.values[measure].ignored }
        }
    }
}

/// The group of a unit, for intervals that take the events of a unit as dependent.
enum UnitGroup {
    private static let seed = AllocationSeed("hookline.quantile.group")

    static func of(_ unit: Identifier) -> Int { seed.bucket(of: unit.text) % ClusteredQuantile.groupCount }
}
