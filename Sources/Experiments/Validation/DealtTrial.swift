import HooklinePrimitives
import HooklineStatistics

/// Experiments without a difference, made of units that are there: the product's own allocation deals them out by another
/// seed, its own cells add them up as they come, and its own tests and rules look at them.
struct DealtTrial: Sendable {
    private let experiment: Experiment
    private let plan: MeasurementPlan
    private let units: [DealtUnit]
    private let looks: Int
    private let decidingMetric: Identifier?

    /// - Parameter experiment: as it is; what was halted or concluded goes on here, and its plan ends with the units.
    init(_ experiment: Experiment, _ plan: MeasurementPlan, _ units: [DealtUnit], looks: Int) {
        var definition = experiment.definition
        let metrics = experiment.definition.metrics
        var reads = definition.plan
        if reads == nil, metrics.contains(where: { $0.role == .goal }) { reads = ExperimentPlan(units: 0) }
        reads?.units = Int64(units.count)
        definition.plan = reads
        self.experiment = Experiment(
            definition: definition,
            state: .running,
            version: experiment.version,
            revision: experiment.revision,
            winner: nil,
            createdAt: experiment.createdAt,
            updatedAt: experiment.updatedAt,
            startedAt: experiment.startedAt,
            concludedAt: nil,
            added: experiment.added,
            halted: []
        )
        self.plan = plan
        self.units = units
        self.looks = looks
        decidingMetric = ExperimentPlan.decidingMetric(of: reads, among: plan.metrics.map(\.metric))?.name
    }

    /// What was ever said in one run.
    struct Outcome {
        /// By metric, how many treatments differed.
        var anytime: [Identifier: Set<Identifier>] = [:]
        var events: Set<ValidationReport.Event> = []
    }

    /// What can be said at all, in the order of the report.
    var events: [ValidationReport.Event] {
        var events: [ValidationReport.Event] = [.sampleRatio]
        if decidingMetric != nil { events += [.planned, .ship, .rollBack] }
        if guardrails > 0 { events.append(.halt) }
        return events
    }

    /// The metrics that are looked at.
    var metrics: [Metric] { plan.metrics.map(\.metric).filter { name in !isBeingBuilt(name.name) } }

    var treatments: Int { experiment.definition.variants.count - 1 }

    /// The level of tests.
    var alpha: Double { experiment.definition.plan?.alpha ?? ExperimentPlan.defaultAlpha }

    /// The rate that an event must not be above where nothing differs.
    func promise(of event: ValidationReport.Event) -> Double {
        switch event {
        case .anytime, .planned, .ship: alpha
        case .sampleRatio: SampleRatio.threshold
        // Every guardrail is a chance to be rolled back or halted for.
        case .halt: alpha * Double(guardrails)
        case .rollBack: alpha * Double(1 + guardrails)
        }
    }

    private var guardrails: Int { metrics.count { $0.margin != nil } }

    private func isBeingBuilt(_ metric: Identifier) -> Bool {
        experiment.added.contains { $0.metric.name == metric && !$0.isBuilt }
    }

    // MARK: One run

    func run(seed: String) throws -> Outcome {
        let definition = experiment.definition
        let allocation = Allocation(seed: seed, weights: definition.weights, coverage: 1)
        var arms = DealtArms(plan, variants: definition.variants.count)
        var outcome = Outcome()
        var taken: [PlannedLook] = []
        var dealt = 0
        for look in 1...looks {
            let end = units.count * look / looks
            for unit in units[dealt..<end] {
                // With a coverage of 1 only rounding of the weights leaves anybody out.
                if let variant = allocation.variant(of: unit.name) { arms.add(unit, to: variant) }
            }
            dealt = end
            var results = results(of: arms, allocation, after: taken.last)
            let read = Set([decidingMetric].compactMap(\.self))
            if let due = try results.plannedLook(after: taken, at: experiment.createdAt, reading: read) {
                taken.append(due)
                results = self.results(of: arms, allocation, after: due)
            }
            note(results, in: &outcome)
        }
        return outcome
    }

    private func note(_ results: ExperimentResults, in outcome: inout Outcome) {
        if results.sampleRatio.status == .mismatch { outcome.events.insert(.sampleRatio) }
        for metric in results.metrics {
            for arm in metric.treatments where (try? arm.anytime?.get())?.isSignificant == true {
                outcome.anytime[metric.name, default: []].insert(arm.variant)
            }
        }
        if !results.breaches.isEmpty { outcome.events.insert(.halt) }
        let read = results.metrics.first { $0.name == decidingMetric }?.treatments.compactMap(\.planned) ?? []
        if Holm.adjusted(read.map(\.pValue)).contains(where: { $0 < alpha }) { outcome.events.insert(.planned) }
        switch results.decision.verdict {
        case .ship: outcome.events.insert(.ship)
        case .rollBack: outcome.events.insert(.rollBack)
        case .keepRunning, .review, .underpowered: break
        }
    }

    private func results(of arms: DealtArms, _ allocation: Allocation, after look: PlannedLook?) -> ExperimentResults {
        let read = look.map { PlannedRead.look($0) } ?? .notYet
        let comparer = VariantComparer(experiment, exposed: arms.exposed, read: read)
        let results = plan.metrics.enumerated().filter { !isBeingBuilt($0.element.metric.name) }.map { number, metric in
            let comparison = arms.comparison(of: number)
            return MetricResult(
                metric: metric.metric,
                isAddedLater: experiment.added.contains { $0.metric.name == metric.metric.name },
                isBeingBuilt: false,
                variants: comparer.variants(comparison.arms, metric.metric),
                slices: [],
                openUnits: 0,
                includesOpen: true,
                capValue: nil,
                theta: comparison.theta,
                countedEvents: 0,
                ignoredValues: 0,
                warnings: []
            )
        }
        return ExperimentResults(
            experiment: experiment,
            foldedPosition: 0,
            asOf: experiment.createdAt,
            isFinal: false,
            read: read,
            sampleRatio: SampleRatio(arms.exposed, allocation.realisedBuckets, of: experiment, source: "exposures"),
            unitsInSeveralVariants: 0,
            exposureMismatches: 0,
            exposuresOutsideRun: 0,
            ignoredObservations: 0,
            metrics: results,
            outlook: nil
        )
    }
}

/// The cells of units that are dealt out, as far as they have come.
private struct DealtArms {
    private let plan: MeasurementPlan
    private(set) var exposed: [Int64]
    /// By metric, variant and group.
    private var cells: [[[Cell]]]

    init(_ plan: MeasurementPlan, variants: Int) {
        self.plan = plan
        exposed = Array(repeating: 0, count: variants)
        cells = plan.metrics.map { metric in
            let groups = metric.form == .groupedDistribution ? ClusteredQuantile.groupCount : 1
            return Array(repeating: Array(repeating: Cell(metric.form), count: groups), count: variants)
        }
    }

    mutating func add(_ unit: DealtUnit, to variant: Int) {
        exposed[variant] += 1
        for (number, contribution) in unit.contributions.enumerated() where contribution != .nothing {
            let group = plan.metrics[number].form == .groupedDistribution ? UnitGroup.of(unit.name) : 0
            cells[number][variant][group].add(contribution)
        }
    }

    func comparison(of metric: Int) -> ArmComparison {
        FoldedArms(plan.metrics[metric], arms: cells[metric].map { groups in groups.filter { !$0.isEmpty } }).comparison
    }
}
