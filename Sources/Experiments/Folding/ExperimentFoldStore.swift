import HooklineEvents
import HooklinePrimitives
import HooklineStatistics
import HooklineStorage

/// The SQL of what the fold reads and writes. All of it runs inside the projection's transaction.
struct ExperimentFoldStore {
    let transaction: any Transaction

    static let unitsPerQuery = 512

    // MARK: Versions

    /// Makes, or remembers, the plan of a definition and of the metrics that were added to it.
    typealias Planning = (_ fold: Int64, _ definition: String, _ added: [String]) throws -> MeasurementPlan

    /// The versions that measure any of these positions.
    func versions(measuring positions: ClosedRange<Int64>, plan: Planning) throws -> [MeasuredVersion] {
        try versions(
            where: """
                (v.to_position IS NULL OR v.to_position >= \(positions.lowerBound))
                AND v.from_position < \(positions.upperBound)
                """,
            pausedIn: positions,
            plan: plan
        )
    }

    /// The versions of which something is still to be measured when the fold has come to a position: those that have not
    /// ended before, and those with a metric that is being built.
    func versions(underWayAfter position: Int64, plan: Planning) throws -> [MeasuredVersion] {
        try versions(
            where: """
                v.from_position IS NOT NULL AND (v.to_position IS NULL OR v.to_position > \(position) OR EXISTS (
                    SELECT 1 FROM hookline_experiment_added_metrics a
                    WHERE a.experiment_id = v.experiment_id AND a.version = v.version AND a.is_built = 0))
                """,
            pausedIn: position...Int64.max,
            plan: plan
        )
    }

    private func versions(
        where condition: Statement,
        pausedIn positions: ClosedRange<Int64>,
        plan: Planning
    ) throws -> [MeasuredVersion] {
        let rows = try transaction.rows(
            """
            SELECT v.experiment_id, v.version, v.definition, v.from_position, v.to_position, v.started_at, f.fold,
                f.early_until
            FROM hookline_experiment_versions v
            JOIN hookline_experiment_folds f ON f.experiment_id = v.experiment_id AND f.version = v.version
            WHERE \(condition)
            ORDER BY v.experiment_id, v.version
            """
        )
        let pauses = try pauses(overlapping: positions)
        let halts = try halts(before: positions.upperBound)
        let added = try addedMetrics(to: rows.map { try $0.identifier("experiment_id") })
        return try rows.map { row in
            let key = try Self.key(row)
            let fold = try row.integer("fold")
            let plan = try plan(fold, row.text("definition"), added[key] ?? [])
            return MeasuredVersion(
                experiment: key.experiment,
                version: key.version,
                fold: fold,
                plan: plan,
                positions: try Self.range(row),
                pauses: pauses[key] ?? [],
                halts: plan.byIndex(halts[key] ?? [:]),
                startedAt: try row.timestamp("started_at"),
                earlyUntil: try row.optionalTimestamp("early_until")
            )
        }
    }

    /// One version, with what it has measured up to a position; nil where there is none, or it has not begun.
    func version(
        _ version: Int,
        of experiment: Identifier,
        plan: Planning
    ) throws -> MeasuredVersion? {
        try versions(measuring: 0...Int64.max, plan: plan)
            .first { $0.experiment == experiment && $0.version == version }
    }

    /// The definitions of the metrics that were added, in their order.
    private func addedMetrics(to experiments: [Identifier]) throws -> [VersionKey: [String]] {
        guard !experiments.isEmpty else { return [:] }
        var added: [VersionKey: [String]] = [:]
        let rows = try transaction.rows(
            """
            SELECT experiment_id, version, definition FROM hookline_experiment_added_metrics
            WHERE experiment_id \(in: Set(experiments).sorted()) ORDER BY experiment_id, version, number
            """
        )
        for row in rows { added[try Self.key(row), default: []].append(try row.text("definition")) }
        return added
    }

    private static func key(_ row: Row) throws -> VersionKey {
        VersionKey(experiment: try row.identifier("experiment_id"), version: Int(try row.integer("version")))
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
            pauses[try Self.key(row), default: []].append(try Self.range(row))
        }
        return pauses
    }

    private func halts(before position: Int64) throws -> [VersionKey: [Identifier: Int64]] {
        var halts: [VersionKey: [Identifier: Int64]] = [:]
        let rows = try transaction.rows(
            """
            SELECT experiment_id, version, variant, from_position FROM hookline_experiment_halts
            WHERE from_position < \(position)
            """
        )
        for row in rows {
            halts[try Self.key(row), default: [:]][try row.identifier("variant")] = try row.integer("from_position")
        }
        return halts
    }

    private static func range(_ row: Row) throws -> ClosedRange<Int64> {
        let from = try row.integer("from_position")
        return from...max(from, try row.optionalInteger("to_position") ?? .max)
    }

    // MARK: Units

    func units(_ units: [Identifier], of fold: Int64) throws -> [Identifier: UnitState] {
        var states: [Identifier: UnitState] = [:]
        for start in stride(from: 0, to: units.count, by: Self.unitsPerQuery) {
            let some = Array(units[start..<min(start + Self.unitsPerQuery, units.count)])
            let rows = try transaction.rows(
                "SELECT unit, state FROM hookline_experiment_units WHERE fold = \(fold) AND unit \(in: some)"
            )
            for row in rows { states[try row.identifier("unit")] = try Self.state(row) }
        }
        return states
    }

    /// Units in the order of their names.
    func units(after unit: Identifier?, limit: Int, of fold: Int64) throws -> [Identifier: UnitState] {
        var states: [Identifier: UnitState] = [:]
        let rows = try transaction.rows(
            """
            SELECT unit, state FROM hookline_experiment_units
            WHERE fold = \(fold) AND unit > \(unit?.text ?? "") ORDER BY unit LIMIT \(limit)
            """
        )
        for row in rows { states[try row.identifier("unit")] = try Self.state(row) }
        return states
    }

    static func state(_ row: Row) throws -> UnitState {
        guard let state = UnitState(encoded: try row.blob("state")) else {
            throw StorageError.unexpectedValue(column: "state", expected: "the state of a unit", found: "other bytes")
        }
        return state
    }

    func save(_ units: [(unit: Identifier, state: UnitState)], of fold: Int64) throws {
        // A unit of which nothing is known has no row, whether it never had one or was forgotten.
        for (unit, _) in units.filter({ $0.state == UnitState() }) {
            try transaction.execute("DELETE FROM hookline_experiment_units WHERE fold = \(fold) AND unit = \(unit)")
        }
        try replace(
            "hookline_experiment_units",
            key: [.init("fold", .integer), .init("unit", .text)],
            values: [.init("state", .blob)],
            units.filter { $0.state != UnitState() }
                .map { [.integer(fold), .text($0.unit.text), .blob($0.state.encoded)] }
        )
    }

    // MARK: Slices

    func slices(of fold: Int64) throws -> Slices {
        var known: [Slices.Slice: Int] = [:]
        for (number, slice) in try Self.slices(of: fold, in: transaction) { known[slice] = number }
        return Slices(known)
    }

    static func slices(of fold: Int64, in transaction: any Transaction) throws -> [Int: Slices.Slice] {
        var slices: [Int: Slices.Slice] = [:]
        let rows = try transaction.rows(
            "SELECT slice, dimension, kind, value FROM hookline_experiment_slices WHERE fold = \(fold)"
        )
        for row in rows {
            let value: Slices.Slice.Value =
                switch try row.text("kind") {
                case "missing": .missing
                case "other": .other
                default: .text(Identifier(unchecked: try row.text("value")))
                }
            slices[Int(try row.integer("slice"))] = Slices.Slice(
                dimension: Int(try row.integer("dimension")),
                value: value
            )
        }
        return slices
    }

    func saveAdded(_ slices: Slices, of fold: Int64) throws {
        try replace(
            "hookline_experiment_slices",
            key: [.init("fold", .integer), .init("slice", .integer)],
            values: [.init("dimension", .integer), .init("kind", .text), .init("value", .text)],
            slices.added.map { number, slice in
                let (kind, value): (String, String) =
                    switch slice.value {
                    case .text(let text): ("text", text.text)
                    case .missing: ("missing", "")
                    case .other: ("other", "")
                    }
                return [
                    .integer(fold), .integer(Int64(number)), .integer(Int64(slice.dimension)), .text(kind),
                    .text(value),
                ]
            }
        )
    }

    func replace(
        _ table: String,
        key: [BulkInsert.Column],
        values: [BulkInsert.Column],
        _ rows: [[Value]]
    ) throws {
        guard !rows.isEmpty else { return }
        try transaction.insert(
            BulkInsert(into: table, columns: key + values, conflict: .replace(key: key.map(\.name)), rows: rows)
        )
    }
}
