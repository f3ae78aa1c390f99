import HooklineEvents
public import HooklinePrimitives
import HooklineStatistics
import HooklineStorage
import Synchronization

extension Experiments {
    /// Reads every experiment whose plan says so now, decides all that are under way, and tells of what is new.
    ///
    /// Looks, decisions and their events are written in one transaction each, so that they are there together or not at
    /// all, and once however many nodes do this.
    public func decideAll() async throws {
        // What was logged before the conclusion is folded soon after it.
        let since = clock.now().advanced(byMilliseconds: -Self.decidedAfterConclusionMilliseconds)
        let measured = try await database.read { try DecisionStore($0).measured(since: since) }
        for (id, revision) in measured where !finals.contains(id, revision) {
            try Task.checkCancellation()
            do {
                // Asked outside of a transaction that others wait for: most of the time there is nothing new.
                let found = try await database.read { try self.news(of: id, in: $0) }
                if found.isThere { try await decide(id) } else if found.isLast { finals.note(id, revision) }
            } catch ExperimentError.unknownExperiment {
                continue
            }
        }
    }

    /// How long after its conclusion an experiment is decided on.
    static let decidedAfterConclusionMilliseconds: Int64 = 600_000

    /// Decides one experiment, after the read that is due now, if any.
    ///
    /// - Throws: `ExperimentError.unknownExperiment`.
    @discardableResult
    public func decide(_ id: Identifier) async throws -> Decision {
        let now = clock.now()
        let decision = try await database.write { transaction in
            try DecisionStore(transaction).lock(id)
            var results = try results(of: id, in: transaction)
            if try takeLook(of: results, at: now, in: transaction) {
                results = try self.results(of: id, in: transaction)
            }
            try raiseAlerts(results, at: now, in: transaction)
            if try haltBreaches(results, at: now, in: transaction) {
                results = try self.results(of: id, in: transaction)
            }
            try note(results.decision, results.experiment, at: now, in: transaction)
            return results.decision
        }
        announceChanges()
        return decision
    }

    // MARK: Looks

    /// Takes the look that is due, and answers whether there was one.
    private func takeLook(
        of results: ExperimentResults,
        at now: Timestamp,
        in transaction: any Transaction
    ) throws -> Bool {
        let (experiment, store) = (results.experiment, LookStore(transaction))
        let earlier = try store.all(of: experiment.id, version: experiment.version)
        guard let look = try results.plannedLook(after: earlier, at: now) else { return false }
        try store.add(look, of: experiment.id, version: experiment.version)
        let detail: JSONObject = ["number": JSON(look.number), "units": JSON(look.units), "last": .bool(look.isLast)]
        try note(.read, experiment, detail, at: now, in: transaction)
        return true
    }

    // MARK: What is told

    /// Whether there is something to read, to decide or to tell that was not before, and whether there will never be more.
    private func news(
        of id: Identifier,
        in transaction: any Transaction
    ) throws -> (isThere: Bool, isLast: Bool) {
        let results = try results(of: id, in: transaction)
        return (try hasNews(results, in: transaction), results.isFinal)
    }

    private func hasNews(_ results: ExperimentResults, in transaction: any Transaction) throws -> Bool {
        let (experiment, decision) = (results.experiment, results.decision)
        let id = experiment.id
        if let plan = experiment.definition.plan, let units = results.unitsThatDecide {
            let last = try LookStore(transaction).last(of: id, version: experiment.version)
            if plan.lookDue(at: units, after: last) != nil { return true }
        }
        let store = DecisionStore(transaction)
        if try store.isNew(decision, of: id, version: experiment.version) { return true }
        return try results.alerts.contains { alert in
            try !store.isRaised(alert.type, of: alert.subject, in: id, version: experiment.version)
        }
    }

    private func raiseAlerts(
        _ results: ExperimentResults,
        at now: Timestamp,
        in transaction: any Transaction
    ) throws {
        let (experiment, store) = (results.experiment, DecisionStore(transaction))
        for alert in results.alerts {
            let isNew = try store.raise(
                alert.type,
                of: alert.subject,
                in: experiment.id,
                version: experiment.version,
                at: now
            )
            guard isNew else { continue }
            try note(alert.action, experiment, alert.members, at: now, in: transaction)
            try announce(alert.type, experiment, alert.members, at: now, in: transaction)
        }
    }

    private func note(
        _ decision: Decision,
        _ experiment: Experiment,
        at now: Timestamp,
        in transaction: any Transaction
    ) throws {
        let isNew = try DecisionStore(transaction).replace(
            with: decision,
            of: experiment.id,
            version: experiment.version,
            at: now
        )
        guard isNew else { return }
        let members: JSONObject = [
            "verdict": .string(decision.verdict.rawValue),
            "variant": JSON(decision.variant),
            "reasons": .array(decision.reasons.map { .string($0) }),
        ]
        try note(.decided, experiment, members, at: now, in: transaction)
        guard decision.isAnnounced else { return }
        try announce(ExperimentEvents.decided, experiment, members, at: now, in: transaction)
    }
}

extension ExperimentPlan {
    /// The number of the look that is due when so many units count; nil where none is. Of several that have become due since
    /// the last, it is the latest: the others would read the same.
    func lookDue(at units: Int64, after last: PlannedLook?) -> Int? {
        guard last?.isLast != true else { return nil }
        let (high, low) = units.multipliedFullWidth(by: Int64(analyses))
        let due = high > 0 ? analyses : Int(min(UInt64(analyses), low / UInt64(self.units)))
        return due > last?.number ?? 0 ? due : nil
    }
}

/// Something that people should know of at once, and only once.
struct ExperimentAlert {
    let type: Identifier
    let action: AuditEntry.Action
    /// What it is of, where there may be several.
    let subject: String
    /// What is told of it.
    let members: JSONObject
}

extension ExperimentResults {
    /// How many units count in the metric that decides; nil where there is none, or it is being built.
    var unitsThatDecide: Int64? {
        let name = ExperimentPlan.decidingMetric(of: experiment.definition.plan, among: metrics.map(\.metric))?.name
        return metrics.first { $0.name == name && !$0.isBeingBuilt }.map(unitsCounted)
    }

    var alerts: [ExperimentAlert] {
        var alerts: [ExperimentAlert] = []
        if sampleRatio.status == .mismatch {
            let members: JSONObject = ["p_value": JSON(sampleRatio.sequential?.pValue)]
            alerts.append(
                ExperimentAlert(
                    type: ExperimentEvents.sampleRatioMismatch,
                    action: .sampleRatioMismatch,
                    subject: "",
                    members: members
                )
            )
        }
        for metric in metrics {
            for broken in metric.treatments where broken.guardrail == .violated && broken.halt == nil {
                let members: JSONObject = [
                    "metric": JSON(metric.name), "variant": JSON(broken.variant), "margin": JSON(metric.metric.margin),
                    "lift": JSON(broken.test?.lift.percent),
                ]
                let subject = JSON.array([JSON(metric.name), JSON(broken.variant)]).text
                alerts.append(
                    ExperimentAlert(
                        type: ExperimentEvents.guardrailBreached,
                        action: .guardrailBreached,
                        subject: subject,
                        members: members
                    )
                )
            }
        }
        return alerts
    }

    /// The look that is due; nil where none is.
    /// - Parameters:
    ///   - earlier: Those that were taken, in their order.
    ///   - now: When it is taken.
    ///   - names: The metrics that are read; nil for all.
    func plannedLook(
        after earlier: [PlannedLook],
        at now: Timestamp,
        reading names: Set<Identifier>? = nil
    ) throws -> PlannedLook? {
        guard let plan = experiment.definition.plan, let units = unitsThatDecide,
            let number = plan.lookDue(at: units, after: earlier.last)
        else { return nil }
        let fraction = Double(units) / Double(plan.units)
        let design = try GroupSequentialDesign(alpha: plan.alpha, fractions: earlier.map(\.fraction) + [fraction])
        let critical = design.criticalValues()[earlier.count]
        return PlannedLook(
            number: number,
            units: units,
            fraction: fraction,
            criticalValue: critical < .infinity ? critical : nil,
            isLast: design.isFinal,
            takenAt: now,
            readings: readings(at: design, of: names)
        )
    }

    /// Every metric and treatment that can be tested, at the last analysis of a design.
    private func readings(at design: GroupSequentialDesign, of names: Set<Identifier>?) -> [PlannedReading] {
        metrics.filter { names?.contains($0.name) ?? true }.flatMap { metric in
            metric.treatments.compactMap { treatment in
                guard treatment.halt == nil, let test = treatment.test else { return nil }
                let read = GroupSequentialTest.compare(control: test.control, treatment: test.treatment, design: design)
                let control = metric.control
                let fixed = FixedReading(
                    metric.metric,
                    control: control.flatMap { Proportion(metric.metric, mean: $0.mean, n: $0.n) },
                    treatment: Proportion(metric.metric, mean: treatment.mean, n: treatment.n),
                    test
                )
                return (try? read.get()).map { test in
                    PlannedReading(
                        metric.name,
                        treatment.variant,
                        test,
                        hasLiftBounds: !treatment.hasTooFewConversions,
                        fixed: experiment.definition.plan?.analyses == 1 ? fixed : nil
                    )
                }
            }
        }
    }
}

/// The experiments of which nothing more can come, so that they are not asked again and again.
final class FinalExperiments: Sendable {
    private let revisions = Mutex<[Identifier: Int64]>([:])
    private static let maximumCount = 100_000

    func contains(_ id: Identifier, _ revision: Int64) -> Bool { revisions.withLock { $0[id] == revision } }

    func note(_ id: Identifier, _ revision: Int64) {
        revisions.withLock { revisions in
            if revisions.count >= Self.maximumCount { revisions.removeAll() }
            revisions[id] = revision
        }
    }
}
