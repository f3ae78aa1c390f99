import HooklineEvents
import HooklinePrimitives
import HooklineStatistics
import HooklineStorage

/// The SQL of what the fold reads and writes. All of it runs inside the projection's transaction.
struct ExperimentFoldStore {
    let transaction: any Transaction

    private static let unitsPerQuery = 512

    // MARK: Versions

    /// The versions that measure any of these positions. `plan` makes, or remembers, the plan of a definition.
    func versions(
        measuring positions: ClosedRange<Int64>,
        plan: (Identifier, Int, String) throws -> MeasurementPlan
    ) throws -> [MeasuredVersion] {
        let pauses = try pauses(overlapping: positions)
        return try transaction.rows(
            """
            SELECT experiment_id, version, definition, from_position, to_position FROM hookline_experiment_versions
            WHERE (to_position IS NULL OR to_position >= \(positions.lowerBound))
            AND from_position < \(positions.upperBound)
            ORDER BY experiment_id, version
            """
        ).map { row in
            let (id, version) = (try row.identifier("experiment_id"), Int(try row.integer("version")))
            return MeasuredVersion(
                experiment: id,
                version: version,
                plan: try plan(id, version, row.text("definition")),
                positions: try Self.range(row),
                pauses: pauses[VersionKey(experiment: id, version: version)] ?? []
            )
        }
    }

    private struct VersionKey: Hashable {
        let experiment: Identifier
        let version: Int
    }

    private func pauses(overlapping positions: ClosedRange<Int64>) throws -> [VersionKey: [ClosedRange<Int64>]] {
        var pauses: [VersionKey: [ClosedRange<Int64>]] = [:]
        let rows = try transaction.rows(
            """
            SELECT experiment_id, version, from_position, to_position FROM hookline_experiment_pauses
            WHERE (to_position IS NULL OR to_position >= \(positions.lowerBound))
            AND from_position < \(positions.upperBound)
            """
        )
        for row in rows {
            let key = VersionKey(
                experiment: try row.identifier("experiment_id"),
                version: Int(try row.integer("version"))
            )
            pauses[key, default: []].append(try Self.range(row))
        }
        return pauses
    }

    private static func range(_ row: Row) throws -> ClosedRange<Int64> {
        let from = try row.integer("from_position")
        return from...max(from, try row.optionalInteger("to_position") ?? .max)
    }

    // MARK: Reading

    /// The rows of a version that events of these units may touch.
    func rows(of measured: MeasuredVersion, units: [Identifier]) throws -> FoldedRows {
        let (id, version) = (measured.experiment, measured.version)
        var rows = FoldedRows()
        for start in stride(from: 0, to: units.count, by: Self.unitsPerQuery) {
            let some = Array(units[start..<min(start + Self.unitsPerQuery, units.count)])
            try loadUnits(some, id, version, into: &rows)
            try loadValues(some, id, version, into: &rows)
        }
        try loadMoments(measured, into: &rows)
        for (tally, amount) in try Self.tallies(of: id, version: version, in: transaction) {
            rows.load(tally, amount)
        }
        return rows
    }

    static func tallies(
        of id: Identifier,
        version: Int,
        in transaction: any Transaction
    ) throws -> [Tally: Int64] {
        var tallies: [Tally: Int64] = [:]
        let rows = try transaction.rows(
            """
            SELECT name, variant, amount FROM hookline_experiment_tallies
            WHERE experiment_id = \(id) AND version = \(version)
            """
        )
        for row in rows {
            guard let tally = Tally(name: try row.text("name"), variant: try row.identifier("variant")) else {
                continue
            }
            tallies[tally] = try row.integer("amount")
        }
        return tallies
    }

    private func loadUnits(_ units: [Identifier], _ id: Identifier, _ version: Int, into rows: inout FoldedRows) throws
    {
        let found = try transaction.rows(
            """
            SELECT unit, variant, exposed_at FROM hookline_experiment_units
            WHERE experiment_id = \(id) AND version = \(version) AND unit \(in: units)
            """
        )
        for row in found {
            rows.load(
                try row.identifier("unit"),
                FoldedUnit(variant: try row.identifier("variant"), exposedAt: try row.timestamp("exposed_at"))
            )
        }
    }

    private func loadValues(_ units: [Identifier], _ id: Identifier, _ version: Int, into rows: inout FoldedRows) throws
    {
        let found = try transaction.rows(
            """
            SELECT unit, metric, variant, events, ignored, total FROM hookline_experiment_values
            WHERE experiment_id = \(id) AND version = \(version) AND unit \(in: units)
            """
        )
        for row in found {
            let key = ValueKey(
                unit: try row.identifier("unit"),
                metric: try row.identifier("metric"),
                variant: try row.identifier("variant")
            )
            guard let total = ExactSum(encoded: try row.blob("total")) else {
                throw StorageError.unexpectedValue(column: "total", expected: "an exact sum", found: "other bytes")
            }
            let value = MetricValue(
                events: try row.integer("events"),
                ignored: try row.integer("ignored"),
                total: total
            )
            rows.load(key, value)
        }
    }

    private func loadMoments(_ measured: MeasuredVersion, into rows: inout FoldedRows) throws {
        for row in try Self.moments(of: measured.experiment, version: measured.version, in: transaction) {
            switch row.kind(isFolded: measured.plan.isFolded(row.key.metric)) {
            case .units(let moments): rows.load(row.key, moments)
            case .observations(let moments): rows.load(row.key, moments)
            case nil: throw StorageError.unexpectedValue(column: "moments", expected: "moments", found: "other bytes")
            }
        }
    }

    /// One row of moments, as bytes.
    struct MomentsRow {
        let key: MomentsKey
        let bytes: [UInt8]

        enum Kind {
            case units(Moments)
            case observations(ClusteredMoments)
        }

        /// Moments of units for a metric folded from events, of clusters for an observed one.
        func kind(isFolded: Bool) -> Kind? {
            isFolded
                ? Moments(encoded: bytes).map(Kind.units) : ClusteredMoments(encoded: bytes).map(Kind.observations)
        }
    }

    static func moments(of id: Identifier, version: Int, in transaction: any Transaction) throws -> [MomentsRow] {
        try transaction.rows(
            """
            SELECT metric, variant, moments FROM hookline_experiment_moments
            WHERE experiment_id = \(id) AND version = \(version)
            """
        ).map { row in
            MomentsRow(
                key: MomentsKey(metric: try row.identifier("metric"), variant: try row.identifier("variant")),
                bytes: try row.blob("moments")
            )
        }
    }
}
