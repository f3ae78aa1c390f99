import HooklineEvents
import HooklinePrimitives
import HooklineStatistics
import HooklineStorage

/// Reads what is folded of an experiment, and analyses it.
struct ResultsReader {
    private let experiment: Experiment
    private let plan: MeasurementPlan
    private let buckets: [Int]
    private let progress: FoldProgress
    private let transaction: any Transaction
    private let observed: [MomentsKey: ClusteredMoments]
    private let tallies: [Tally: Int64]
    /// The declared metrics in their order, then the others that were observed.
    private let metrics: [Metric]
    private let lastLook: PlannedLook?

    var names: [Identifier] { metrics.map(\.name) }

    /// - Parameters:
    ///   - buckets: how many buckets each variant has; not used where the experiment is external.
    ///   - progress: of the fold, from `ExperimentStore`.
    init(
        _ experiment: Experiment,
        buckets: [Int],
        progress: FoldProgress,
        in transaction: any Transaction
    ) throws {
        self.experiment = experiment
        self.buckets = buckets
        self.progress = progress
        self.transaction = transaction
        plan = MeasurementPlan(measuring: experiment.definition, added: experiment.added.map(\.metric))
        observed = try ExperimentFoldStore.observedMoments(of: progress.fold, in: transaction)
        tallies = try ExperimentFoldStore.tallies(of: progress.fold, in: transaction)
        let declared = experiment.definition.metrics + experiment.added.map(\.metric)
        let undeclared = Set(observed.keys.map(\.metric)).subtracting(declared.map(\.name)).sorted()
        metrics = declared + undeclared.map { Metric($0, .observation) }
        lastLook = try experiment.definition.plan.flatMap { _ in
            try LookStore(transaction).last(of: experiment.id, version: experiment.version)
        }
    }

    func results(_ request: ResultsRequest) throws -> ExperimentResults {
        let read = read(request)
        let comparer = VariantComparer(
            experiment,
            exposed: experiment.definition.variants.map { tallies[.units($0)] ?? 0 },
            read: read
        )
        let found = try metrics.filter { request.metric == nil || $0.name == request.metric }
            .map { try result(of: $0, request, comparer) }
        return ExperimentResults(
            experiment: experiment,
            foldedPosition: progress.position,
            asOf: progress.asOf,
            isFinal: progress.isFinal,
            read: read,
            sampleRatio: sampleRatio,
            unitsInSeveralVariants: tallies[.unitsInSeveralVariants] ?? 0,
            exposureMismatches: tallies[.exposureMismatches] ?? 0,
            exposuresOutsideRun: tallies[.exposuresOutsideRun] ?? 0,
            ignoredObservations: tallies[.ignoredObservations] ?? 0,
            metrics: found,
            outlook: request.metric == nil ? outlook(found) : nil
        )
    }

    private func outlook(_ metrics: [MetricResult]) -> PlanOutlook? {
        guard let plan = experiment.definition.plan, experiment.state != .concluded, lastLook?.isLast != true,
            let name = ExperimentPlan.decidingMetric(of: plan, among: metrics.map(\.metric))?.name,
            let metric = metrics.first(where: { $0.name == name }), !metric.isBeingBuilt,
            let start = progress.startedAt
        else { return nil }
        return PlanOutlook(
            plan,
            metric,
            experiment.definition,
            after: progress.asOf.milliseconds - start.milliseconds,
            isTakingUnits: experiment.state == .running
        )
    }

    private func read(_ request: ResultsRequest) -> PlannedRead {
        if request.isThePlannedRead { return .now }
        if experiment.definition.plan != nil { return lastLook.map { .look($0) } ?? .notYet }
        return experiment.state == .concluded ? .concluded : .notYet
    }

    // MARK: Metrics

    private func result(
        of metric: Metric,
        _ request: ResultsRequest,
        _ comparer: VariantComparer
    ) throws -> MetricResult {
        guard let number = plan.metrics.firstIndex(where: { $0.metric.name == metric.name }) else {
            return observedResult(of: metric, comparer)
        }
        let isBuilt = experiment.added.first { $0.metric.name == metric.name }?.isBuilt ?? true
        // What some units only stand in says nothing yet.
        let arms = try FoldedArms(
            plan.metrics[number],
            number: number,
            variants: experiment.definition.variants.count,
            asOf: progress.asOf,
            includesOpen: request.includesOpen,
            slices: try slices(of: request.dimension),
            hasCohorts: progress.hasLaterUnits,
            of: isBuilt ? progress.fold : nil,
            in: transaction
        )
        let added = experiment.added.first { $0.metric.name == metric.name }
        let (counted, ignored) = (tallies[.countedEvents(metric.name)] ?? 0, tallies[.ignoredValues(metric.name)] ?? 0)
        let comparison = arms.comparison
        return MetricResult(
            metric: metric,
            isAddedLater: added != nil,
            isBeingBuilt: added.map { !$0.isBuilt } ?? false,
            variants: comparer.variants(comparison.arms, metric, cohorts: arms.cohorts),
            slices: arms.slices.map { slice in
                SliceResult(
                    value: slice.value,
                    isOther: slice.isOther,
                    variants: comparer.variants(arms.comparison(in: slice.number).arms, metric, isSlice: true)
                )
            },
            openUnits: arms.openUnits,
            includesOpen: request.includesOpen,
            capValue: arms.capValue,
            theta: comparison.theta,
            countedEvents: counted,
            ignoredValues: ignored,
            warnings: isBuilt ? warnings(metric, counted: counted, ignored: ignored, comparison) : []
        )
    }

    private func observedResult(of metric: Metric, _ comparer: VariantComparer) -> MetricResult {
        let arms = experiment.definition.variants.map { variant in
            let moments = observed[MomentsKey(metric: metric.name, variant: variant)] ?? ClusteredMoments()
            return ArmEstimate(measured: moments.summary)
        }
        return MetricResult(
            metric: metric,
            isAddedLater: false,
            isBeingBuilt: false,
            variants: comparer.variants(arms, metric),
            slices: [],
            openUnits: 0,
            includesOpen: false,
            capValue: nil,
            theta: nil,
            countedEvents: arms.reduce(0) { $0 + $1.measured.observations },
            ignoredValues: 0,
            warnings: []
        )
    }

    private func warnings(
        _ metric: Metric,
        counted: Int64,
        ignored: Int64,
        _ comparison: ArmComparison
    ) -> [MetricWarning] {
        var warnings: [MetricWarning] = []
        let units = experiment.definition.variants.reduce(0) { $0 + (tallies[.units($1)] ?? 0) }
        if units > 0, counted == 0 { warnings.append(ignored > 0 ? .noValues : .noEvents) }
        if counted > 0, ignored > 0 { warnings.append(.ignoredValues(ignored)) }
        let compared = comparison.arms.reduce(0) { $0 + $1.measured.n }
        if metric.covariate != nil, comparison.theta == nil, compared > 1 { warnings.append(.constantCovariate) }
        return warnings
    }

    // MARK: Slices

    private func slices(of dimension: Identifier?) throws -> [FoldedArms.Slice] {
        guard let dimension else { return [] }
        guard let index = experiment.definition.dimensions.firstIndex(of: dimension) else {
            let accepted = ExperimentRules.list(experiment.definition.dimensions)
            throw ExperimentError.invalid(
                field: "dimension",
                problem: accepted.isEmpty
                    ? "'\(dimension)' is no dimension; the experiment has none"
                    : "'\(dimension)' is no dimension; accepted are \(accepted)"
            )
        }
        return try ExperimentFoldStore.slices(of: progress.fold, in: transaction)
            .filter { $0.value.dimension == index }
            .sorted { $0.key < $1.key }
            .map { FoldedArms.Slice(number: $0.key, $0.value.value) }
    }

    // MARK: Sample ratio

    private var sampleRatio: SampleRatio {
        let definition = experiment.definition
        let source: String
        let counts: [Int64]
        let weights: [Int]
        if definition.unit == .external {
            guard let metric = metrics.first else { return SampleRatio(.notChecked, experiment) }
            source = metric.name.text
            counts = definition.variants.map { observed[MomentsKey(metric: metric.name, variant: $0)]?.clusters ?? 0 }
            weights = Self.wholeWeights(definition.weights)
        } else {
            source = "exposures"
            counts = definition.variants.map { tallies[.units($0)] ?? 0 }
            if counts.allSatisfy({ $0 == 0 }), definition.metrics.allSatisfy({ $0.kind == .observation }) {
                return SampleRatio(.notChecked, experiment)
            }
            weights = buckets
        }
        return SampleRatio(counts, weights, of: experiment, source: source)
    }

    /// Shares that another system has dealt out, as whole numbers: equal ones exactly, others to nine digits.
    private static func wholeWeights(_ weights: [Double]) -> [Int] {
        weights.allSatisfy { $0 == weights[0] } ? weights.map { _ in 1 } : weights.map { Int(($0 * 1e9).rounded()) }
    }
}
