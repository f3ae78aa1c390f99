import HooklinePrimitives
import HooklineStatistics
import HooklineStorage

/// What was observed directly.
extension ExperimentFoldStore {
    /// The rows that observations of these users may touch.
    func observed(of fold: Int64, users: [Identifier]) throws -> ObservedRows {
        var rows = ObservedRows()
        for start in stride(from: 0, to: users.count, by: Self.unitsPerQuery) {
            let some = Array(users[start..<min(start + Self.unitsPerQuery, users.count)])
            try load(some, of: fold, into: &rows)
        }
        for (key, moments) in try Self.observedMoments(of: fold, in: transaction) { rows.load(key, moments) }
        return rows
    }

    private func load(_ users: [Identifier], of fold: Int64, into rows: inout ObservedRows) throws {
        let found = try transaction.rows(
            """
            SELECT unit, metric, variant, observations, total FROM hookline_experiment_observed
            WHERE fold = \(fold) AND unit \(in: users)
            """
        )
        for row in found {
            let key = ObservedKey(
                user: try row.identifier("unit"),
                metric: try row.identifier("metric"),
                variant: try row.identifier("variant")
            )
            guard let total = ExactSum(encoded: try row.blob("total")) else {
                throw StorageError.unexpectedValue(column: "total", expected: "an exact sum", found: "other bytes")
            }
            rows.load(key, ObservedValue(count: try row.integer("observations"), total: total))
        }
    }

    static func observedMoments(
        of fold: Int64,
        in transaction: any Transaction
    ) throws -> [MomentsKey: ClusteredMoments] {
        var found: [MomentsKey: ClusteredMoments] = [:]
        let rows = try transaction.rows(
            "SELECT metric, variant, moments FROM hookline_experiment_moments WHERE fold = \(fold)"
        )
        for row in rows {
            guard let moments = ClusteredMoments(encoded: try row.blob("moments")) else {
                throw StorageError.unexpectedValue(column: "moments", expected: "moments", found: "other bytes")
            }
            found[MomentsKey(metric: try row.identifier("metric"), variant: try row.identifier("variant"))] = moments
        }
        return found
    }

    /// Forgets which observations were a user's. They stay in the moments.
    func removeObserved(of user: Identifier, fold: Int64) throws {
        try transaction.execute("DELETE FROM hookline_experiment_observed WHERE fold = \(fold) AND unit = \(user)")
    }

    func save(_ rows: ObservedRows, of fold: Int64) throws {
        for key in rows.changedValues where rows.values[key]?.count == 0 {
            try transaction.execute(
                """
                DELETE FROM hookline_experiment_observed
                WHERE fold = \(fold) AND unit = \(key.user) AND metric = \(key.metric) AND variant = \(key.variant)
                """
            )
        }
        try replace(
            "hookline_experiment_observed",
            key: [
                .init("fold", .integer), .init("unit", .text), .init("metric", .text), .init("variant", .text),
            ],
            values: [.init("observations", .integer), .init("total", .blob)],
            rows.changedValues.filter { rows.values[$0]?.count != 0 }.sorted {
                ($0.user, $0.metric, $0.variant) < ($1.user, $1.metric, $1.variant)
            }
            .map { key in
                let value = rows.values[key] ?? ObservedValue()
                return [
                    .integer(fold), .text(key.user.text), .text(key.metric.text), .text(key.variant.text),
                    .integer(value.count), .blob(value.total.encoded),
                ]
            }
        )
        try replace(
            "hookline_experiment_moments",
            key: [.init("fold", .integer), .init("metric", .text), .init("variant", .text)],
            values: [.init("moments", .blob)],
            rows.changedMoments.sorted { ($0.metric, $0.variant) < ($1.metric, $1.variant) }.map { key in
                [
                    .integer(fold), .text(key.metric.text), .text(key.variant.text),
                    .blob(rows.moments[key]?.encoded ?? []),
                ]
            }
        )
    }
}
