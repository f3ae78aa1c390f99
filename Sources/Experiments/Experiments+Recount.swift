import HooklineEvents
public import HooklinePrimitives
import HooklineStatistics
import HooklineStorage

/// What a recount of an experiment has found.
public struct RecountReport: Sendable {
    public let experiment: Identifier
    public let version: Int
    /// The log position up to which the fold was compared.
    public let position: Int64
    /// The events of the log that were read.
    public let events: Int64
    /// The units that the log has exposed.
    public let units: Int
    /// How many folded numbers were compared.
    public let compared: Int
    /// The metrics that are being built: what is folded of them is not complete, and not compared.
    public let notCompared: [Identifier]
    /// What is folded otherwise than it was recounted; empty where all is equal bit for bit.
    public let differences: [Difference]

    public struct Difference: Sendable {
        /// The metric, or the name of what is counted beside the metrics.
        public let subject: String
        /// The variant; nil for what is counted over all.
        public let variant: Identifier?
        /// The number of the slice; nil for all units.
        public let slice: Int?
        public let folded: String
        public let recounted: String
    }
}

extension Experiments {
    /// Compares everything that is folded of an experiment's current version with a recount from the log, in one snapshot
    /// of the database. It reads the whole log, once for each half million of its events. A metric that is being built is
    /// left out.
    ///
    /// - Throws: `ExperimentError.unknownExperiment`, `wrongState` for a draft, and `logTooShortToRecount` where events
    ///   are gone that were counted.
    public func recount(_ id: Identifier) async throws -> RecountReport {
        try await database.read { transaction in
            let experiment = try store.get(id, in: transaction)
            guard experiment.state != .draft else {
                throw ExperimentError.wrongState(.draft, accepted: [.running, .paused, .concluded])
            }
            let folds = ExperimentFoldStore(transaction: transaction)
            let plans = PlanCache()
            guard let measured = try folds.version(experiment.version, of: id, plan: plans.plan) else {
                throw ExperimentError.wrongState(experiment.state, accepted: [.running, .paused, .concluded])
            }
            let removed = try store.events.removed(in: transaction)
            guard !removed.reaches(into: measured.needed) else { throw ExperimentError.logTooShortToRecount(id) }
            let progress = try store.progress(of: experiment, at: clock.now(), in: transaction)
            let (recount, events) = try recount(measured, upTo: progress.position, folds)
            // An exposure that is dated before the start may have looked back on events that are gone.
            guard !removed.reaches(into: recount.needed) else { throw ExperimentError.logTooShortToRecount(id) }
            return try RecountComparison(
                measured,
                recount,
                folds,
                notCompared: experiment.added.filter { !$0.isBuilt }.map(\.metric.name)
            )
            .report(position: progress.position, events: events)
        }
    }

    private static let eventsPerPass: Int64 = 500_000
    private static let eventsPerRead = 5000
    private static let passes = AllocationSeed("hookline.recount")

    private func recount(
        _ measured: MeasuredVersion,
        upTo position: Int64,
        _ folds: ExperimentFoldStore
    ) throws -> (VersionRecount, events: Int64) {
        var recount = VersionRecount(measured, slices: try folds.slices(of: measured.fold))
        let end = min(position, measured.positions.upperBound)
        let start = measured.plan.lookBackMilliseconds > 0 ? 0 : measured.positions.lowerBound
        let passes = max(1, Int((end - start) / Self.eventsPerPass) + 1)
        var events: Int64 = 0
        for pass in 0..<passes {
            var last = start
            while last < end {
                let some = try store.events.events(after: last, limit: Self.eventsPerRead, in: folds.transaction)
                    .filter { $0.position <= end }
                guard let final = some.last else { break }
                for event in some {
                    recount.take(event, countsRest: pass == 0) { unit in
                        passes == 1 || Self.passes.bucket(of: unit.text) % passes == pass
                    }
                }
                if pass == 0 { events += Int64(some.count) }
                last = final.position
            }
            recount.finishUnits()
        }
        return (recount, events)
    }
}

/// The fold beside its recount.
private struct RecountComparison {
    private let measured: MeasuredVersion
    private let recount: VersionRecount
    private let folds: ExperimentFoldStore
    private let notCompared: [Identifier]

    init(
        _ measured: MeasuredVersion,
        _ recount: VersionRecount,
        _ folds: ExperimentFoldStore,
        notCompared: [Identifier]
    ) {
        self.measured = measured
        self.recount = recount
        self.folds = folds
        self.notCompared = notCompared
    }

    func report(position: Int64, events: Int64) throws -> RecountReport {
        var compared = 0
        var differences = try cells(&compared)
        differences += try tallies(&compared)
        differences += try observations(&compared)
        return RecountReport(
            experiment: measured.experiment,
            version: measured.version,
            position: position,
            events: events,
            units: recount.units,
            compared: compared,
            notCompared: notCompared,
            differences: differences
        )
    }

    private func cells(_ compared: inout Int) throws -> [RecountReport.Difference] {
        var differences: [RecountReport.Difference] = []
        for (number, metric) in measured.plan.metrics.enumerated() where !notCompared.contains(metric.metric.name) {
            let folded = try folds.cells(of: number, metric.form, fold: measured.fold)
            let keys = Set(folded.keys).union(recount.cells.keys.filter { $0.metric == number })
            for key in keys.sorted() {
                compared += 1
                let (days, counted) = (folded[key] ?? DayCells(), recount.cells[key] ?? [:])
                guard !days.isEqual(to: counted, metric.form) else { continue }
                differences.append(
                    RecountReport.Difference(
                        subject: metric.metric.name.text,
                        variant: measured.plan.variants[key.variant],
                        slice: key.slice == 0 ? nil : key.slice,
                        folded: days.sum(metric.form, through: nil).text,
                        recounted: counted.values.reduce(into: Cell(metric.form)) { $0.merge($1) }.text
                    )
                )
            }
        }
        return differences
    }

    private func tallies(_ compared: inout Int) throws -> [RecountReport.Difference] {
        let folded = try ExperimentFoldStore.tallies(of: measured.fold, in: folds.transaction)
        let tallies = Set(folded.keys).union(recount.tallies.keys).filter { !isOfUnbuilt($0) }
            .sorted { ($0.name, $0.subject) < ($1.name, $1.subject) }
        return tallies.compactMap { tally in
            compared += 1
            let (folded, recounted) = (folded[tally] ?? 0, recount.tallies[tally] ?? 0)
            guard folded != recounted else { return nil }
            let subject = tally.subject.isEmpty ? tally.name : "\(tally.name) of \(tally.subject)"
            return RecountReport.Difference(
                subject: subject,
                variant: nil,
                slice: nil,
                folded: "\(folded)",
                recounted: "\(recounted)"
            )
        }
    }

    private func isOfUnbuilt(_ tally: Tally) -> Bool {
        switch tally {
        case .countedEvents(let metric), .ignoredValues(let metric): notCompared.contains(metric)
        default: false
        }
    }

    private func observations(_ compared: inout Int) throws -> [RecountReport.Difference] {
        let folded = try ExperimentFoldStore.observedMoments(of: measured.fold, in: folds.transaction)
        let keys = Set(folded.keys).union(recount.observed.moments.keys)
        return keys.sorted { ($0.metric, $0.variant) < ($1.metric, $1.variant) }.compactMap { key in
            compared += 1
            let (folded, recounted) = (
                folded[key] ?? ClusteredMoments(), recount.observed.moments[key] ?? ClusteredMoments()
            )
            guard folded != recounted else { return nil }
            return RecountReport.Difference(
                subject: key.metric.text,
                variant: key.variant,
                slice: nil,
                folded: "n \(folded.observations), mean \(folded.mean ?? 0)",
                recounted: "n \(recounted.observations), mean \(recounted.mean ?? 0)"
            )
        }
    }
}

extension DayCells {
    /// Whether the units of the same days are in it: of each day that is kept for itself, and of all others together.
    fileprivate func isEqual(to counted: [Int?: Cell], _ form: MetricPlan.Form) -> Bool {
        var rest = counted
        for entry in days where rest.removeValue(forKey: entry.day) != entry.cell { return false }
        var settled = Cell(form)
        for cell in rest.values { settled.merge(cell) }
        return settled == (self.settled ?? Cell(form))
    }
}

extension Cell {
    /// For a message: how many, and what they come to.
    fileprivate var text: String {
        switch self {
        case .moments(let moments): "n \(moments.count), sum \(moments.sum(of: .value)?.value ?? 0)"
        case .binnedMoments(let moments):
            "n \(moments.count), sum \(moments.uncapped.sum(of: .value)?.value ?? 0)"
        case .distribution(let counts): "n \(counts.total), median \(counts.quantile(0.5) ?? 0)"
        }
    }
}
