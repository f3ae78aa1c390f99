public import HooklinePrimitives
import HooklineStatistics
import HooklineStorage
import Synchronization

extension Experiments {
    /// More units than this prove nothing that these do not.
    public static let maximumDealtUnits = 20_000
    /// With fewer, no test is what it is said to be, nor does anybody look.
    public static let minimumDealtUnits = 100

    /// Deals an experiment's own units out anew, again and again, and counts how often the product says of these experiments
    /// without a difference that there is one. It changes nothing.
    ///
    /// Units, and what they bring in, are those of the current version as far as they are folded, also where their windows
    /// are still open; they come in the order of their exposures. The allocation, the cells, the tests, the looks of the plan
    /// and the rules of decisions are those of results. A plan ends with the units here.
    ///
    /// - Throws: `ExperimentError.unknownExperiment`, `validating`, and `invalid` where there are too few units, or none can be
    ///   dealt out.
    @concurrent
    public func validate(_ id: Identifier, _ request: ValidationRequest) async throws -> ValidationReport {
        guard validations.begin() else { throw ExperimentError.validating }
        defer { validations.end() }
        let (experiment, trial, units) = try await trial(id, looks: request.looks)
        var anytime: [Identifier: Int] = [:]
        var events: [ValidationReport.Event: Int] = [:]
        for run in 0..<request.runs {
            try Task.checkCancellation()
            let outcome = try trial.run(seed: "hookline.validate.\(request.seed).\(run)")
            for (metric, arms) in outcome.anytime { anytime[metric, default: 0] += arms.count }
            for event in outcome.events { events[event, default: 0] += 1 }
            // Others want this thread too.
            await Task.yield()
        }
        let ofMetrics = trial.metrics.map { metric in
            // Each treatment is a test of its own. They share control, so that they count as no more runs than there were.
            let hits = Double(anytime[metric.name] ?? 0) / Double(trial.treatments)
            return ValidationReport.Rate(
                event: .anytime,
                metric: metric.name,
                observed: ObservedRate(hits: Int(hits.rounded(.up)), runs: request.runs),
                promise: trial.alpha
            )
        }
        let ofAll = trial.events.map { event in
            ValidationReport.Rate(
                event: event,
                metric: nil,
                observed: ObservedRate(hits: events[event] ?? 0, runs: request.runs),
                promise: trial.promise(of: event)
            )
        }
        return ValidationReport(
            experiment: id,
            version: experiment.version,
            units: units,
            request: request,
            rates: ofMetrics + ofAll
        )
    }

    private func trial(_ id: Identifier, looks: Int) async throws -> (Experiment, DealtTrial, units: Int) {
        try await database.read { transaction in
            let experiment = try store.get(id, in: transaction)
            let plan = MeasurementPlan(
                measuring: experiment.definition,
                added: experiment.added.map(\.metric)
            )
            guard experiment.definition.unit != .external, !plan.metrics.isEmpty else {
                throw ExperimentError.invalid(
                    field: "experiment",
                    problem: "has no metric that is folded from events, so that its units could be dealt out anew"
                )
            }
            let progress = try store.progress(of: experiment, at: clock.now(), in: transaction)
            let units = try ExperimentFoldStore(transaction: transaction)
                .dealtUnits(of: progress.fold, plan, limit: Self.maximumDealtUnits)
            guard units.count >= Self.minimumDealtUnits else {
                throw ExperimentError.invalid(
                    field: "experiment",
                    problem: "has \(units.count) units; accepted are at least \(Self.minimumDealtUnits)"
                )
            }
            return (experiment, DealtTrial(experiment, plan, units, looks: looks), units.count)
        }
    }
}

/// Lets one validation run at a time.
final class RunningValidation: Sendable {
    private let isRunning = Atomic(false)

    /// False where one is running.
    func begin() -> Bool { !isRunning.exchange(true, ordering: .acquiring) }

    func end() { isRunning.store(false, ordering: .releasing) }
}
