import HooklineEvents
import HooklinePrimitives
import HooklineStorage

/// The SQL of metrics that were added to experiments after their start.
extension ExperimentStore {
    /// Those of the current versions of some experiments, in their order.
    func added(
        to experiments: [Identifier],
        in transaction: any Transaction
    ) throws -> [Identifier: [Experiment.AddedMetric]] {
        guard !experiments.isEmpty else { return [:] }
        var added: [Identifier: [Experiment.AddedMetric]] = [:]
        let rows = try transaction.rows(
            """
            SELECT a.experiment_id, a.definition, a.added_at, a.is_built FROM hookline_experiment_added_metrics a
            JOIN hookline_experiments e ON e.id = a.experiment_id AND e.version = a.version
            WHERE a.experiment_id \(in: experiments) ORDER BY a.experiment_id, a.number
            """
        )
        for row in rows {
            let metric = Experiment.AddedMetric(
                metric: try Self.metric(row.text("definition")),
                addedAt: try row.timestamp("added_at"),
                isBuilt: try row.integer("is_built") == 1
            )
            added[try row.identifier("experiment_id"), default: []].append(metric)
        }
        return added
    }

    static func metric(_ definition: String) throws -> Metric {
        try MetricReader.kept(JSONField(JSON.parse(definition)))
    }

    /// Adds a metric to the current version of an experiment as it stands at `experiment`.
    ///
    /// - Throws: `ExperimentError.logTooShort` where the log no longer holds all that the version measures.
    func add(
        _ metric: Metric,
        to experiment: Experiment,
        at now: Timestamp,
        in transaction: any Transaction
    ) throws -> Experiment {
        let (id, version) = (experiment.id, experiment.version)
        // Nothing is removed from the log while the fold's position is held, and from then on nothing that the metric needs.
        _ = try events.lockedPosition(of: ExperimentProjection.name, in: transaction)
        let removed = try events.removed(in: transaction)
        guard try !removed.reaches(into: needed(by: metric, of: experiment, in: transaction)) else {
            throw ExperimentError.logTooShort(metric.name)
        }
        try transaction.execute(
            """
            INSERT INTO hookline_experiment_added_metrics (experiment_id, version, number, definition, added_at)
            VALUES (\(id), \(version), \(experiment.added.count), \(JSON.object(metric.json).text), \(now))
            """
        )
        try metrics.noteUses(of: [metric], by: id, version: version, in: transaction)
        try update(experiment, setting: "version = version", at: now, in: transaction)
        return try get(id, in: transaction)
    }

    /// What a metric is built from that is added to the current version.
    private func needed(
        by metric: Metric,
        of experiment: Experiment,
        in transaction: any Transaction
    ) throws -> NeededEvents {
        let row = try transaction.first(
            """
            SELECT from_position, started_at FROM hookline_experiment_versions
            WHERE experiment_id = \(experiment.id) AND version = \(experiment.version)
            """
        )
        guard let from = try row?.optionalInteger("from_position"), let start = try row?.timestamp("started_at") else {
            return .none
        }
        let lookBack = metric.covariate.map { -$0.lookBackMilliseconds }
        return NeededEvents(after: from, since: lookBack.map(start.advanced(byMilliseconds:)))
    }
}
