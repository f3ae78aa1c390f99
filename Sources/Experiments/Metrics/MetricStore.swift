public import HooklinePrimitives
public import HooklineStorage

/// The SQL of named metrics, their versions, and which experiments use them.
public struct MetricStore: Sendable {
    public init() {}

    // MARK: Definitions

    /// Adds a named metric in its first version.
    ///
    /// - Throws: `ExperimentError.metricExists`, also where it is archived.
    public func add(
        _ metric: Metric,
        description: String,
        at now: Timestamp,
        in transaction: any Transaction
    ) throws -> MetricDefinition {
        let added = try transaction.execute(
            """
            INSERT INTO hookline_metrics (id, version, created_at, updated_at) VALUES (\(metric.name), 1, \(now), \(now))
            ON CONFLICT (id) DO NOTHING
            """
        )
        guard added == 1 else { throw ExperimentError.metricExists(metric.name) }
        try insertVersion(1, of: metric, description: description, at: now, in: transaction)
        return try get(metric.name, in: transaction)
    }

    /// - Throws: `ExperimentError.unknownNamedMetric`.
    public func get(_ id: Identifier, in transaction: any Transaction) throws -> MetricDefinition {
        guard let row = try transaction.first("\(Self.selection) WHERE m.id = \(id)") else {
            throw ExperimentError.unknownNamedMetric(id)
        }
        return try Self.definition(row)
    }

    /// The same, and nobody else changes it before the transaction ends.
    func lock(_ id: Identifier, in transaction: any Transaction) throws -> MetricDefinition {
        // Locked by a statement of its own: what a joined one has waited for, it would join with rows from before.
        _ = try transaction.first("SELECT version FROM hookline_metrics WHERE id = \(id) \(.forUpdate)")
        return try get(id, in: transaction)
    }

    /// Named metrics in the order of their ids: all, or only those that are archived, or only those that are not.
    public func list(
        _ page: PageRequest,
        isArchived: Bool?,
        in transaction: any Transaction
    ) throws -> Page<MetricDefinition> {
        var statement: Statement = "\(Self.selection) WHERE m.id > \(page.after ?? "")"
        if let isArchived { statement += isArchived ? " AND archived_at IS NOT NULL" : " AND archived_at IS NULL" }
        statement += " ORDER BY m.id LIMIT \(page.limit + 1)"
        let found = try transaction.rows(statement).map(Self.definition)
        return Page(found, of: page) { $0.id.text }
    }

    /// Replaces a definition as it stands at `definition`. Another metric makes a new version; another description alone
    /// replaces that of the current one.
    func change(
        _ definition: MetricDefinition,
        to metric: Metric,
        description: String,
        at now: Timestamp,
        in transaction: any Transaction
    ) throws -> MetricDefinition {
        guard metric != definition.metric || description != definition.description else { return definition }
        let isNew = metric != definition.metric
        let version = definition.version + (isNew ? 1 : 0)
        if isNew {
            try insertVersion(version, of: metric, description: description, at: now, in: transaction)
        } else {
            try transaction.execute(
                """
                UPDATE hookline_metric_versions SET description = \(description)
                WHERE id = \(metric.name) AND version = \(version)
                """
            )
        }
        try transaction.execute(
            "UPDATE hookline_metrics SET version = \(version), updated_at = \(now) WHERE id = \(metric.name)"
        )
        return try get(metric.name, in: transaction)
    }

    /// Archives a named metric or takes it out of the archive. Where it stands so already, nothing changes.
    func setArchived(
        _ isArchived: Bool,
        _ id: Identifier,
        at now: Timestamp,
        in transaction: any Transaction
    ) throws -> MetricDefinition {
        try transaction.execute(
            """
            UPDATE hookline_metrics SET archived_at = \(isArchived ? now : nil), updated_at = \(now)
            WHERE id = \(id) AND archived_at \(isArchived ? "IS NULL" : "IS NOT NULL" as Statement)
            """
        )
        return try get(id, in: transaction)
    }

    private func insertVersion(
        _ version: Int,
        of metric: Metric,
        description: String,
        at now: Timestamp,
        in transaction: any Transaction
    ) throws {
        try transaction.execute(
            """
            INSERT INTO hookline_metric_versions (id, version, definition, description, created_at)
            VALUES (\(metric.name), \(version), \(JSON.object(metric.json).text), \(description), \(now))
            """
        )
    }

    // MARK: Versions

    /// - Throws: `ExperimentError.unknownNamedMetric`, `unknownMetricVersion`.
    public func version(_ version: Int, of id: Identifier, in transaction: any Transaction) throws -> MetricVersion {
        let found = try transaction.first("\(Self.versions) WHERE id = \(id) AND version = \(version)")
        if let found { return try Self.version(found) }
        throw ExperimentError.unknownMetricVersion(id, version, latest: try get(id, in: transaction).version)
    }

    /// The versions of a named metric, from the first on.
    ///
    /// - Throws: `ExperimentError.unknownNamedMetric`, and `invalid` for a cursor that no page has given out.
    public func versions(
        of id: Identifier,
        _ page: PageRequest,
        in transaction: any Transaction
    ) throws -> Page<MetricVersion> {
        let after = try page.number(or: ExperimentError.invalidCursor)
        _ = try get(id, in: transaction)
        let found = try transaction.rows(
            """
            \(Self.versions) WHERE id = \(id) AND version > \(after ?? 0)
            ORDER BY version LIMIT \(page.limit + 1)
            """
        ).map(Self.version)
        return Page(found, of: page) { "\($0.version)" }
    }

    // MARK: Rows

    private static let selection: Statement = """
        SELECT m.version, m.created_at, m.updated_at, m.archived_at, v.definition, v.description
        FROM hookline_metrics m JOIN hookline_metric_versions v ON v.id = m.id AND v.version = m.version
        """

    private static let versions: Statement =
        "SELECT version, created_at, definition, description FROM hookline_metric_versions"

    private static func definition(_ row: Row) throws -> MetricDefinition {
        MetricDefinition(
            metric: try metric(row),
            description: try row.text("description"),
            version: Int(try row.integer("version")),
            createdAt: try row.timestamp("created_at"),
            updatedAt: try row.timestamp("updated_at"),
            archivedAt: try row.optionalTimestamp("archived_at")
        )
    }

    private static func version(_ row: Row) throws -> MetricVersion {
        MetricVersion(
            metric: try metric(row),
            description: try row.text("description"),
            version: Int(try row.integer("version")),
            createdAt: try row.timestamp("created_at")
        )
    }

    private static func metric(_ row: Row) throws -> Metric {
        try MetricReader.kept(JSONField(JSON.parse(row.text("definition"))))
    }
}
