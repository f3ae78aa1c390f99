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
    /// - Throws: `ExperimentError.unknownExperiment`, `unknownMetric`, and `invalid` for an unknown dimension.
    public func results(
        of id: Identifier,
        _ request: ResultsRequest = ResultsRequest()
    ) async throws -> ExperimentResults {
        try await database.read { try results(of: id, request, in: $0) }
    }

    /// The results of many experiments, in the order of ids. Those without the metric have none in their list.
    public func results(
        _ page: PageRequest,
        state: ExperimentState? = nil,
        _ request: ResultsRequest = ResultsRequest()
    ) async throws -> Page<ExperimentResults> {
        try await database.read { transaction in
            let page = try store.list(page, state: state, in: transaction)
            let results = try page.items.map { experiment in
                let buckets = try realisedBuckets(of: experiment, in: transaction)
                return try reader(of: experiment, buckets: buckets, in: transaction).results(request)
            }
            return Page(items: results, next: page.next)
        }
    }

    public func results(
        of id: Identifier,
        _ request: ResultsRequest = ResultsRequest(),
        in transaction: any Transaction
    ) throws -> ExperimentResults {
        let current = try cache.current(id, store, transaction)
        let buckets = current.allocation.realisedBuckets
        let reader = try reader(of: current.experiment, buckets: buckets, in: transaction)
        if let metric = request.metric, !reader.names.contains(metric) {
            throw ExperimentError.unknownMetric(metric, accepted: reader.names)
        }
        return try reader.results(request)
    }

    private func reader(
        of experiment: Experiment,
        buckets: [Int],
        in transaction: any Transaction
    ) throws -> ResultsReader {
        try ResultsReader(
            experiment,
            buckets: buckets,
            progress: store.progress(of: experiment, at: clock.now(), in: transaction),
            in: transaction
        )
    }

    /// Of an experiment that is allocated here: making its table of buckets costs more than all else of an analysis.
    private func realisedBuckets(of experiment: Experiment, in transaction: any Transaction) throws -> [Int] {
        guard experiment.definition.unit != .external else { return [] }
        return try cache.current(experiment.id, store, transaction).allocation.realisedBuckets
    }
}
