import HooklineEvents
import HooklinePrimitives
public import HooklineStorage
public import Logging
public import ServiceLifecycle

/// Builds the metrics that were added to experiments after their start: unit after unit, from all that the log holds of
/// it, while the fold goes on.
///
/// A unit that stands in the metric already is folded on by the fold; one that does not is left to this worker, which
/// holds the fold's position while it measures a few hundred of them. So at each moment every unit is counted once or
/// not yet. Any number of nodes may run one each.
public struct MetricBuildWorker: Service {
    private let database: any Database
    private let events: EventStore
    private let logger: Logger
    private let plans = PlanCache()

    /// How many units are measured while the fold waits.
    static let unitsPerStep = 256
    private static let pollInterval = Duration.seconds(1)

    public init(database: any Database, logger: Logger) {
        self.database = database
        self.logger = logger
        events = EventStore(database)
    }

    /// Builds until the service is told to stop. A failing database is tried again every second.
    public func run() async throws {
        let wake = WakeUps(database.announcements(of: Experiments.metricAdded), every: Self.pollInterval)
        await wake.work("the building of metrics", logger: logger) { try await buildAll() }
    }

    /// Builds everything that was added until now.
    public func buildAll() async throws {
        while try await step() { try Task.checkCancellation() }
    }

    /// Measures some units; false where nothing is left to build.
    func step(units limit: Int = MetricBuildWorker.unitsPerStep) async throws -> Bool {
        // Asked outside of the transaction that holds the position: most of the time there is nothing to do.
        guard try await database.read({ try MetricBuildStore(transaction: $0).next() }) != nil else { return false }
        return try await database.write { transaction in
            let position = try events.lockedPosition(of: ExperimentProjection.name, in: transaction)
            let store = MetricBuildStore(transaction: transaction)
            guard let build = try store.next() else { return false }
            try measureSome(of: build, upTo: position, atMost: limit, store)
            return true
        }
    }

    private func measureSome(
        of build: MetricBuildStore.Build,
        upTo position: Int64,
        atMost limit: Int,
        _ store: MetricBuildStore
    ) throws {
        let folds = ExperimentFoldStore(transaction: store.transaction)
        guard let measured = try folds.version(build.version, of: build.experiment, plan: plans.plan) else {
            return try store.finish(build)
        }
        let units = try folds.units(after: build.builtThrough, limit: limit, of: measured.fold)
        guard let last = units.keys.max() else { return try store.finish(build) }
        let missing = units.filter { $0.value.isCounted && $0.value.metrics < measured.plan.metrics.count }
        let end = min(position, measured.positions.upperBound)
        // A metric whose measures are known already needs nothing of the log.
        let known = missing.values.map(\.values.count).min() ?? 0
        let history = try folds.history(
            of: missing.compactMapValues { $0.exposure?.at },
            for: measured,
            measured.plan.measures[known...],
            upTo: end
        )
        var changes = FoldChanges(measured)
        let measurement = UnitMeasurement(measured)
        for (unit, state) in missing {
            guard let exposure = state.exposure else { continue }
            let reads = (history[unit] ?? []).map(ReadEvent.init)
            let known = state.values.count
            let values = measurement.values(of: exposure, reads, of: measured.plan.measures[known...])
            var complete = state
            complete.wasMeasured(state.values + values, by: measured.plan)
            changes.replace(state, with: complete, of: unit)
        }
        try folds.save(changes, of: measured, clock: folds.clock(of: measured.fold))
        try store.advance(build, through: last)
    }
}
