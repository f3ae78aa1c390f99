import HooklinePrimitives
import HooklineStorage

/// A unit of an experiment as the fold has measured it, to be dealt out anew.
struct DealtUnit: Sendable {
    let name: Identifier
    let exposedAt: Timestamp
    /// What it brings into each metric that is folded; nothing where it does not stand in one.
    let contributions: [Contribution]

    init?(_ name: Identifier, _ state: UnitState, _ plan: MeasurementPlan) {
        guard state.isCounted, let exposure = state.exposure else { return nil }
        self.name = name
        exposedAt = exposure.at
        contributions = plan.metrics.enumerated().map { number, metric in
            number < state.metrics ? metric.contribution(state.values) : .nothing
        }
    }
}

extension ExperimentFoldStore {
    /// Units in the order of their exposures. Of more than `limit` they are the first by their names, which says nothing of
    /// what they do.
    func dealtUnits(of fold: Int64, _ plan: MeasurementPlan, limit: Int) throws -> [DealtUnit] {
        var units: [DealtUnit] = []
        var last: Identifier?
        while units.count < limit {
            let some = try self.units(after: last, limit: Self.unitsPerQuery, of: fold)
            guard let greatest = some.keys.max() else { break }
            units += some.sorted { $0.key < $1.key }.compactMap { DealtUnit($0.key, $0.value, plan) }
            last = greatest
        }
        return units.prefix(limit).sorted { ($0.exposedAt, $0.name) < ($1.exposedAt, $1.name) }
    }
}
