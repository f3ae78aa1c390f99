public import HooklinePrimitives
public import HooklineStorage

/// How experiments come to named metrics, and which of them have.
extension MetricStore {
    /// The metrics that an experiment is to compare, each written out.
    ///
    /// - Parameters:
    ///   - choices: as its author gives them.
    ///   - used: those that it has. What it uses already it may go on to use, though that is archived.
    /// - Throws: `ExperimentError.invalid`, naming the field under `metrics`.
    func resolve(
        _ choices: [MetricChoice],
        alreadyUsed used: [Metric] = [],
        in transaction: any Transaction
    ) throws -> [Metric] {
        try ExperimentRules.checkMetricCount(choices.count)
        return try choices.enumerated().map { index, choice in
            try resolve(choice, "metrics[\(index)]", alreadyUsed: used, in: transaction)
        }
    }

    /// - Parameter field: the path of the choice, for errors; empty for a body of its own.
    func resolve(
        _ choice: MetricChoice,
        _ field: String,
        alreadyUsed used: [Metric] = [],
        in transaction: any Transaction
    ) throws -> Metric {
        let path = field.isEmpty ? "" : field + "."
        switch choice {
        case .metric(let metric): return metric
        case .use(let use):
            do {
                return try resolve(use, path, alreadyUsed: used, in: transaction)
            } catch ExperimentError.unknownNamedMetric {
                throw ExperimentError.invalid(
                    field: "\(path)use",
                    problem: "'\(use.id)' is no named metric; accepted is the id of one that was defined"
                )
            } catch ExperimentError.unknownMetricVersion(_, let version, let latest) {
                throw ExperimentError.invalid(
                    field: "\(path)version",
                    problem: "is \(version); accepted are 1 to \(latest), the versions of '\(use.id)'"
                )
            }
        }
    }

    private func resolve(
        _ use: MetricUse,
        _ path: String,
        alreadyUsed used: [Metric],
        in transaction: any Transaction
    ) throws -> Metric {
        let latest = try get(use.id, in: transaction)
        var wanted = use.version ?? latest.version
        if latest.archivedAt != nil {
            let versions = used.compactMap(\.source).filter { $0.id == use.id }.map(\.version)
            guard let known = use.version.map({ versions.contains($0) ? $0 : nil }) ?? versions.max() else {
                throw ExperimentError.invalid(
                    field: "\(path)use",
                    problem: "'\(use.id)' is archived; accepted is one that is not, or that the experiment uses already"
                )
            }
            wanted = known
        }
        let isLatest = wanted == latest.version
        let definition = isLatest ? latest.metric : try version(wanted, of: use.id, in: transaction).metric
        return use.metric(from: definition, version: wanted)
    }

    // MARK: Who uses them

    /// Notes which named metrics a version of an experiment measures, beside those that were noted.
    func noteUses(
        of metrics: [Metric],
        by experiment: Identifier,
        version: Int,
        in transaction: any Transaction
    ) throws {
        var batch = BulkInsert(
            into: "hookline_metric_uses",
            columns: [
                .init("metric_id", .text), .init("experiment_id", .text), .init("version", .integer),
                .init("metric", .text), .init("metric_version", .integer),
            ]
        )
        for metric in metrics {
            guard let source = metric.source else { continue }
            batch.rows.append([
                source.id.storageValue, experiment.storageValue, version.storageValue, metric.name.storageValue,
                source.version.storageValue,
            ])
        }
        if !batch.rows.isEmpty { try transaction.insert(batch) }
    }

    /// Notes them in place of those that were noted.
    func replaceUses(
        with metrics: [Metric],
        by experiment: Identifier,
        version: Int,
        in transaction: any Transaction
    ) throws {
        try transaction.execute(
            "DELETE FROM hookline_metric_uses WHERE experiment_id = \(experiment) AND version = \(version)"
        )
        try noteUses(of: metrics, by: experiment, version: version, in: transaction)
    }

    /// The experiments that measure a named metric, every version of them, in the order of their ids and versions.
    ///
    /// - Throws: `ExperimentError.unknownNamedMetric`, and `invalid` for a cursor that no page has given out.
    public func usages(
        of id: Identifier,
        _ page: PageRequest,
        in transaction: any Transaction
    ) throws -> Page<MetricUsage> {
        var statement: Statement = """
            SELECT experiment_id, version, metric, metric_version FROM hookline_metric_uses WHERE metric_id = \(id)
            """
        if let cursor = page.after {
            guard let last = UsageCursor(cursor) else { throw ExperimentError.invalidCursor }
            statement += """
                 AND (experiment_id, version, metric) > (\(last.experiment), \(last.version), \(last.metric))
                """
        }
        statement += " ORDER BY experiment_id, version, metric LIMIT \(page.limit + 1)"
        _ = try get(id, in: transaction)
        let found = try transaction.rows(statement).map { row in
            MetricUsage(
                experiment: try row.identifier("experiment_id"),
                experimentVersion: Int(try row.integer("version")),
                metric: try row.identifier("metric"),
                metricVersion: Int(try row.integer("metric_version"))
            )
        }
        return Page(found, of: page) { UsageCursor($0).text }
    }
}

/// Where a page of usages ended: a JSON array of the experiment, its version, and its metric.
private struct UsageCursor {
    let experiment: String
    let version: Int64
    let metric: String

    init(_ usage: MetricUsage) {
        experiment = usage.experiment.text
        version = Int64(usage.experimentVersion)
        metric = usage.metric.text
    }

    init?(_ text: String) {
        guard let parts = try? JSON.parse(text).array, parts.count == 3, let experiment = parts[0].string,
            let version = parts[1].integer, let metric = parts[2].string
        else { return nil }
        (self.experiment, self.version, self.metric) = (experiment, version, metric)
    }

    var text: String { JSON.array([.string(experiment), .integer(version), .string(metric)]).text }
}
