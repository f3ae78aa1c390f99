public import HooklinePrimitives
import HooklineStorage

/// Named metrics: defined once, taken by any number of experiments.
///
///     _ = try await experiments.defineMetric(Metric("watch_time", .sum(of: "watch", property: "seconds")))
///     _ = try await experiments.create(definition, comparing: [.use(MetricUse("watch_time")), .metric(clicked)])
extension Experiments {
    /// Defines a named metric, in its version 1. Its name is its id.
    ///
    /// - Throws: `ExperimentError.metricExists`, also for one that is archived, and `invalid`, naming the field.
    public func defineMetric(_ metric: Metric, description: String = "") async throws -> MetricDefinition {
        var metric = metric
        metric.source = nil
        try Self.check(metric, description)
        try logSpan.check(metric, "")
        let (defined, now) = (metric, clock.now())
        return try await database.write { transaction in
            try store.metrics.add(defined, description: description, at: now, in: transaction)
        }
    }

    /// Changes a named metric. What it measures, or how it is judged, makes a new version of it; a description does not.
    /// Experiments that use it go on with the version that they have taken.
    ///
    ///     _ = try await experiments.changeMetric("watch_time") { $0.windowMilliseconds = 86_400_000 }
    ///
    /// Without a description that stays as it is. The change may run more than once.
    ///
    /// - Throws: `ExperimentError.unknownNamedMetric`, `archivedMetric`, and `invalid`, naming the field.
    public func changeMetric(
        _ id: Identifier,
        description: String? = nil,
        _ change: @escaping @Sendable (inout Metric) throws -> Void = { _ in }
    ) async throws -> MetricDefinition {
        let now = clock.now()
        return try await database.write { transaction in
            let definition = try store.metrics.lock(id, in: transaction)
            guard definition.archivedAt == nil else { throw ExperimentError.archivedMetric(id) }
            var metric = definition.metric
            try change(&metric)
            metric.source = nil
            guard metric.name == id else {
                let problem = "is '\(metric.name)'; accepted is the id, '\(id)'"
                throw ExperimentError.invalid(field: "name", problem: problem)
            }
            let description = description ?? definition.description
            try Self.check(metric, description)
            if metric != definition.metric { try logSpan.check(metric, "") }
            return try store.metrics.change(definition, to: metric, description: description, at: now, in: transaction)
        }
    }

    /// - Throws: `ExperimentError.unknownNamedMetric`.
    public func metric(_ id: Identifier) async throws -> MetricDefinition {
        try await database.read { try store.metrics.get(id, in: $0) }
    }

    /// Named metrics in the order of their ids: all, or only those that are archived, or only those that are not.
    public func metrics(
        _ page: PageRequest = PageRequest(),
        isArchived: Bool? = nil
    ) async throws -> Page<MetricDefinition> {
        try await database.read { try store.metrics.list(page, isArchived: isArchived, in: $0) }
    }

    /// - Throws: `ExperimentError.unknownNamedMetric`, `unknownMetricVersion`.
    public func metricVersion(_ version: Int, of id: Identifier) async throws -> MetricVersion {
        try await database.read { try store.metrics.version(version, of: id, in: $0) }
    }

    /// From the first on.
    ///
    /// - Throws: `ExperimentError.unknownNamedMetric`, and `invalid` for a cursor that no page has given out.
    public func metricVersions(
        of id: Identifier,
        _ page: PageRequest = PageRequest()
    ) async throws -> Page<MetricVersion> {
        try await database.read { try store.metrics.versions(of: id, page, in: $0) }
    }

    /// Which experiments measure a named metric, every version of them, in the order of their ids and versions.
    ///
    /// - Throws: `ExperimentError.unknownNamedMetric`, and `invalid` for a cursor that no page has given out.
    public func metricUsages(
        of id: Identifier,
        _ page: PageRequest = PageRequest()
    ) async throws -> Page<MetricUsage> {
        try await database.read { try store.metrics.usages(of: id, page, in: $0) }
    }

    /// From now on no experiment can take it; those that use it go on. Archived already, nothing changes.
    ///
    /// - Throws: `ExperimentError.unknownNamedMetric`.
    public func archiveMetric(_ id: Identifier) async throws -> MetricDefinition {
        try await setArchived(true, id)
    }

    /// Experiments can take it again. Not archived, nothing changes.
    ///
    /// - Throws: `ExperimentError.unknownNamedMetric`.
    public func restoreMetric(_ id: Identifier) async throws -> MetricDefinition {
        try await setArchived(false, id)
    }

    private func setArchived(_ isArchived: Bool, _ id: Identifier) async throws -> MetricDefinition {
        let now = clock.now()
        return try await database.write { try store.metrics.setArchived(isArchived, id, at: now, in: $0) }
    }

    private static func check(_ metric: Metric, _ description: String) throws(ExperimentError) {
        try MetricRules.check(metric, "")
        try ExperimentRules.checkLength(description, "description", 0...ExperimentRules.maximumDescriptionBytes)
    }
}
