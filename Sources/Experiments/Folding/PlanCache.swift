import HooklinePrimitives
import Synchronization

/// Remembers the plans of versions, which never change once they have begun, but for metrics that are added.
final class PlanCache: Sendable {
    private struct Key: Hashable {
        let fold: Int64
        let added: Int
    }

    private let plans = Mutex<[Key: MeasurementPlan]>([:])
    /// A plan with its buckets takes some 20 KB.
    private static let maximumPlans = 500

    func plan(_ fold: Int64, _ definition: String, _ added: [String]) throws -> MeasurementPlan {
        let key = Key(fold: fold, added: added.count)
        if let known = plans.withLock({ $0[key] }) { return known }
        let plan = MeasurementPlan(
            try ExperimentStore.decode(definition),
            added: try added.map(ExperimentStore.metric)
        )
        plans.withLock { plans in
            if plans.count >= Self.maximumPlans { plans.removeAll() }
            plans[key] = plan
        }
        return plan
    }
}
