public import HooklineEvents
import HooklinePrimitives
import HooklineStorage

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
            try fold(batch, into: measured, upTo: last.position, store)
        }
    }

    private static func fold(
        _ batch: BatchOfEvents,
        into measured: MeasuredVersion,
        upTo position: Int64,
        _ store: ExperimentFoldStore
    ) throws {
        let touched = batch.touching(measured)
        guard let latest = touched.entries.map(\.event.receivedAt).max() else { return }
        var fold = VersionFold(
            measured,
            units: try store.units(Array(touched.units), of: measured.fold),
            slices: measured.plan.dimensions.isEmpty ? Slices() : try store.slices(of: measured.fold),
            observed: try touched.observedUsers.map { users in
                try store.observed(of: measured.fold, users: users.sorted())
            } ?? ObservedRows()
        )
        for entry in touched.entries { fold.apply(entry) }
        let unmeasured = fold.exposuresOfUnmeasured
        let history = try store.history(of: unmeasured, for: measured, measured.plan.measures[...], upTo: position)
        for unit in unmeasured.keys { fold.measure(unit, from: history[unit] ?? []) }

        let clock = try store.advanceClock(of: measured.fold, to: latest)
        try store.saveAdded(fold.slices, of: measured.fold)
        try store.save(fold.changes, of: measured, clock: clock)
        try store.save(fold.observed, of: measured.fold)
    }
}
