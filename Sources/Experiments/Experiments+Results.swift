import HooklineEvents
public import HooklinePrimitives
import HooklineStatistics
public import HooklineStorage

extension Experiments {
    /// 95 %.
    public static let confidenceLevel = 0.95

    /// The analysis of one metric, or of all. It reads folded moments only, so its cost does not depend on the number of
    /// events.
    ///
    /// - Throws: `ExperimentError.unknownExperiment`, `unknownMetric`.
    public func results(of id: Identifier, metric: Identifier? = nil) async throws -> ExperimentResults {
        try await database.read { try results(of: id, metric: metric, in: $0) }
    }

    /// The results of many experiments, in the order of ids. Those without the metric have none in their list.
    public func results(
        _ page: PageRequest,
        state: ExperimentState? = nil,
        metric: Identifier? = nil
    ) async throws -> Page<ExperimentResults> {
        try await database.read { transaction in
            let page = try store.list(page, state: state, in: transaction)
            let results = try page.items.map { experiment in
                let buckets = try realisedBuckets(of: experiment, in: transaction)
                let progress = try store.progress(of: experiment, in: transaction)
                return try ResultsReader(experiment, buckets: buckets, progress: progress, in: transaction)
                    .results(of: metric)
            }
            return Page(items: results, next: page.next)
        }
    }

    public func results(
        of id: Identifier,
        metric: Identifier? = nil,
        in transaction: any Transaction
    ) throws -> ExperimentResults {
        let current = try cache.current(id, store, transaction)
        let buckets = current.allocation.realisedBuckets
        let progress = try store.progress(of: current.experiment, in: transaction)
        let reader = try ResultsReader(current.experiment, buckets: buckets, progress: progress, in: transaction)
        if let metric, !reader.metrics.contains(metric) {
            throw ExperimentError.unknownMetric(metric, accepted: reader.metrics)
        }
        return reader.results(of: metric)
    }

    /// Of an experiment that is allocated here: making its table of buckets costs more than all else of an analysis.
    private func realisedBuckets(of experiment: Experiment, in transaction: any Transaction) throws -> [Int] {
        guard experiment.definition.unit != .external else { return [] }
        return try cache.current(experiment.id, store, transaction).allocation.realisedBuckets
    }
}

/// Reads what is folded of an experiment, and analyses it.
struct ResultsReader {
    private let experiment: Experiment
    private let buckets: [Int]
    private let moments: [MomentsKey: any ExactArm]
    private let tallies: [Tally: Int64]
    private let foldedPosition: Int64
    private let isFinal: Bool
    /// The declared metrics in their order, then the others that were observed.
    let metrics: [Identifier]

    /// - Parameters:
    ///   - buckets: how many buckets each variant has; not used where the experiment is external.
    ///   - progress: of the fold, from `ExperimentStore`.
    init(
        _ experiment: Experiment,
        buckets: [Int],
        progress: (folded: Int64, end: Int64?),
        in transaction: any Transaction
    ) throws {
        self.experiment = experiment
        self.buckets = buckets
        let foldedMetrics = Set(experiment.definition.metrics.filter { $0.kind != .observation }.map(\.name))
        var moments: [MomentsKey: any ExactArm] = [:]
        let rows = try ExperimentFoldStore.moments(of: experiment.id, version: experiment.version, in: transaction)
        for row in rows {
            switch row.kind(isFolded: foldedMetrics.contains(row.key.metric)) {
            case .units(let ofUnits): moments[row.key] = ofUnits
            case .observations(let ofClusters): moments[row.key] = ofClusters
            case nil: throw StorageError.unexpectedValue(column: "moments", expected: "moments", found: "other bytes")
            }
        }
        self.moments = moments
        tallies = try ExperimentFoldStore.tallies(of: experiment.id, version: experiment.version, in: transaction)
        let (folded, end) = progress
        foldedPosition = folded
        isFinal = end.map { folded >= $0 } ?? false
        let declared = experiment.definition.metrics.map(\.name)
        metrics = declared + Set(moments.keys.map(\.metric)).subtracting(declared).sorted()
    }

    func results(of metric: Identifier?) -> ExperimentResults {
        ExperimentResults(
            experiment: experiment,
            foldedPosition: foldedPosition,
            isFinal: isFinal,
            sampleRatio: sampleRatio,
            exposureMismatches: tallies[.exposureMismatches] ?? 0,
            exposuresOutsideRun: tallies[.exposuresOutsideRun] ?? 0,
            ignoredValues: tallies[.ignoredValues] ?? 0,
            ignoredObservations: tallies[.ignoredObservations] ?? 0,
            metrics: metrics.filter { metric == nil || $0 == metric }.map(result)
        )
    }

    // MARK: Metrics

    private func result(of metric: Identifier) -> MetricResult {
        let kind = experiment.definition.metrics.first { $0.name == metric }?.kind ?? .observation
        let control = arm(metric, experiment.definition.control)
        let variants = experiment.definition.variants.map { variant in
            let isControl = variant == experiment.definition.control
            let arm = isControl ? control : arm(metric, variant)
            return VariantResult(
                variant: variant,
                isControl: isControl,
                n: arm.observations,
                independentUnits: arm.n,
                mean: arm.mean,
                standardDeviation: arm.standardDeviation,
                controlMean: control.mean,
                comparison: isControl
                    ? nil
                    : WelchTest.compare(
                        control: control,
                        treatment: arm,
                        confidenceLevel: Experiments.confidenceLevel
                    )
            )
        }
        return MetricResult(metric: metric, kind: kind, variants: variants)
    }

    private func arm(_ metric: Identifier, _ variant: Identifier) -> ArmSummary {
        moments[MomentsKey(metric: metric, variant: variant)]?.summary ?? Moments().summary
    }

    // MARK: Sample ratio

    private var sampleRatio: SampleRatio {
        let definition = experiment.definition
        let source: String
        let counts: [Int64]
        let weights: [Int]
        if definition.unit == .external {
            guard let metric = metrics.first else { return unchecked(.notChecked) }
            source = metric.text
            counts = definition.variants.map { arm(metric, $0).n }
            weights = Self.wholeWeights(definition.weights)
        } else {
            source = "exposures"
            counts = definition.variants.map { tallies[.units($0)] ?? 0 }
            if counts.allSatisfy({ $0 == 0 }), definition.metrics.allSatisfy({ $0.kind == .observation }) {
                return unchecked(.notChecked)
            }
            weights = buckets
        }
        guard let test = try? SampleRatioTest(observed: counts, weights: weights) else {
            return unchecked(.notEnoughData)
        }
        return SampleRatio(
            status: test.pValue < SampleRatio.threshold ? .mismatch : .ok,
            test: test,
            arms: zip(zip(definition.variants, counts), test.expected).map { arm, expected in
                SampleRatio.Arm(variant: arm.0, observed: arm.1, expected: expected)
            },
            source: source
        )
    }

    private func unchecked(_ status: SampleRatio.Status) -> SampleRatio {
        let arms = experiment.definition.variants.map { SampleRatio.Arm(variant: $0, observed: 0, expected: nil) }
        return SampleRatio(status: status, test: nil, arms: arms, source: nil)
    }

    /// Shares that another system has dealt out, as whole numbers: equal ones exactly, others to nine digits.
    private static func wholeWeights(_ weights: [Double]) -> [Int] {
        weights.allSatisfy { $0 == weights[0] } ? weights.map { _ in 1 } : weights.map { Int(($0 * 1e9).rounded()) }
    }
}
