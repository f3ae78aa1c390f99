import HooklineEvents
import HooklinePrimitives
import HooklineStatistics
import HooklineStorage

/// Writes what a fold has changed.
extension ExperimentFoldStore {
    func save(_ rows: FoldedRows, of measured: MeasuredVersion) throws {
        let version: [Value] = [.text(measured.experiment.text), .integer(Int64(measured.version))]
        try saveUnits(rows, version)
        try saveValues(rows, version)
        try save(
            "hookline_experiment_moments",
            key: [.init("metric", .text), .init("variant", .text)],
            values: [.init("moments", .blob)],
            rows.changedMoments.map { key in
                let bytes = rows.moments[key]?.encoded ?? rows.clusteredMoments[key]?.encoded ?? []
                return version + [.text(key.metric.text), .text(key.variant.text), .blob(bytes)]
            }
        )
        try save(
            "hookline_experiment_tallies",
            key: [.init("name", .text), .init("variant", .text)],
            values: [.init("amount", .integer)],
            rows.changedTallies.map { tally in
                version + [.text(tally.name), .text(tally.variant), .integer(rows.tallies[tally] ?? 0)]
            }
        )
    }

    private func saveUnits(_ rows: FoldedRows, _ version: [Value]) throws {
        try save(
            "hookline_experiment_units",
            key: [.init("unit", .text)],
            values: [.init("variant", .text), .init("exposed_at", .integer)],
            rows.changedUnits.sorted().compactMap { unit in
                rows.units[unit].map { row in
                    version + [.text(unit.text), .text(row.variant.text), .integer(row.exposedAt.milliseconds)]
                }
            }
        )
    }

    private func saveValues(_ rows: FoldedRows, _ version: [Value]) throws {
        // A unit that did nothing has no row, whether it never did or a late exposure took it back.
        let changed = rows.changedValues.map { ($0, rows.values[$0] ?? MetricValue()) }
        for (key, value) in changed where value.isEmpty {
            try transaction.execute(
                """
                DELETE FROM hookline_experiment_values
                WHERE experiment_id = \(version[0]) AND version = \(version[1])
                AND unit = \(key.unit) AND metric = \(key.metric) AND variant = \(key.variant)
                """
            )
        }
        let kept = changed.filter { !$0.1.isEmpty }.sorted { ($0.0.unit, $0.0.metric) < ($1.0.unit, $1.0.metric) }
        try save(
            "hookline_experiment_values",
            key: [.init("unit", .text), .init("metric", .text), .init("variant", .text)],
            values: [.init("events", .integer), .init("ignored", .integer), .init("total", .blob)],
            kept.map { key, value in
                version + [
                    .text(key.unit.text), .text(key.metric.text), .text(key.variant.text),
                    .integer(value.events), .integer(value.ignored), .blob(value.total.encoded),
                ]
            }
        )
    }

    private func save(
        _ table: String,
        key: [BulkInsert.Column],
        values: [BulkInsert.Column],
        _ rows: [[Value]]
    ) throws {
        guard !rows.isEmpty else { return }
        let version: [BulkInsert.Column] = [.init("experiment_id", .text), .init("version", .integer)]
        try transaction.insert(
            BulkInsert(
                into: table,
                columns: version + key + values,
                conflict: .replace(key: (version + key).map(\.name)),
                rows: rows
            )
        )
    }
}
