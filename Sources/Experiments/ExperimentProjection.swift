public import HooklineEvents
import HooklinePrimitives
import HooklineStorage
import Synchronization

/// Folds the engagement log into the moments that analyses read.
public enum ExperimentProjection {
    /// The name under which the position is kept.
    public static let name = "experiments"

    public static func make() -> Projection {
        let plans = PlanCache()
        return Projection(name: name) { events, transaction in
            try fold(events, ExperimentFoldStore(transaction: transaction), plans)
        }
    }

    private static func fold(_ events: [LoggedEvent], _ store: ExperimentFoldStore, _ plans: PlanCache) throws {
        guard let first = events.first, let last = events.last else { return }
        let versions = try store.versions(measuring: first.position...last.position, plan: plans.plan)
        guard !versions.isEmpty else { return }
        try store.indexAttributes(of: events, for: versions)
        let batch = BatchOfEvents(events)
        for measured in versions {
            let touched = batch.touching(measured)
            guard !touched.entries.isEmpty else { continue }
            let rows = try store.rows(of: measured, units: touched.units.sorted())
            // Only a unit that is new, or was exposed earlier than known, is measured anew.
            let moved = touched.exposures.filter { unit, exposedAt in
                rows.units[unit].map { exposedAt < $0.exposedAt } ?? true
            }
            let history = try store.history(of: moved, for: measured, upTo: last.position)
            var fold = VersionFold(measured, rows: rows, history: history)
            for entry in touched.entries { fold.apply(entry) }
            try store.save(fold.rows, of: measured)
        }
    }
}

/// Remembers the plans of versions, which never change once they have begun.
private final class PlanCache: Sendable {
    private struct Key: Hashable {
        let experiment: Identifier
        let version: Int
    }

    private let plans = Mutex<[Key: MeasurementPlan]>([:])
    /// A plan with its buckets takes some 20 KB.
    private static let maximumPlans = 500

    func plan(_ experiment: Identifier, _ version: Int, _ definition: String) throws -> MeasurementPlan {
        let key = Key(experiment: experiment, version: version)
        if let known = plans.withLock({ $0[key] }) { return known }
        let plan = MeasurementPlan(try ExperimentStore.decode(definition))
        plans.withLock { plans in
            if plans.count >= Self.maximumPlans { plans.removeAll() }
            plans[key] = plan
        }
        return plan
    }
}
