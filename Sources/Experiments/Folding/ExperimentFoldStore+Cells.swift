import HooklinePrimitives
import HooklineStatistics
import HooklineStorage

/// The cells, and what is counted beside them.
extension ExperimentFoldStore {
    /// Writes what a batch has changed.
    /// - Parameter clock: the latest moment at which an event that is folded was received.
    func save(_ changes: FoldChanges, of measured: MeasuredVersion, clock: Timestamp) throws {
        try save(changes.units, of: measured.fold)
        try save(changes.moves, of: measured, clock: clock)
        try add(changes.tallies, of: measured.fold)
    }

    private func save(_ moves: [CellKey: [FoldChanges.Move]], of measured: MeasuredVersion, clock: Timestamp) throws {
        guard !moves.isEmpty else { return }
        var cells = try cells(moves.keys.sorted(), of: measured)
        for (key, moves) in moves {
            let metric = measured.plan.metrics[key.metric]
            var days = cells.removeValue(forKey: key) ?? DayCells()
            let settled = metric.maturesAfter.map { DayCells.lastMatureDay(at: clock, maturesAfter: $0) }
            if let settled { days.settle(through: settled) }
            for move in moves {
                let isSettled = move.day.flatMap { day in settled.map { day <= $0 } } ?? true
                days.update(isSettled ? nil : move.day, form: metric.form) { cell in
                    if move.isAdded { cell.add(move.contribution) } else { cell.remove(move.contribution) }
                }
            }
            cells[key] = days
        }
        try save(cells, of: measured.fold)
    }

    private func save(_ cells: [CellKey: DayCells], of fold: Int64) throws {
        for (key, days) in cells where days.isEmpty {
            try transaction.execute(
                """
                DELETE FROM hookline_experiment_cells
                WHERE fold = \(fold) AND metric = \(key.metric) AND variant = \(key.variant)
                AND slice = \(key.slice) AND part = \(key.part)
                """
            )
        }
        try replace(
            "hookline_experiment_cells",
            key: [
                .init("fold", .integer), .init("metric", .integer), .init("variant", .integer),
                .init("slice", .integer), .init("part", .integer),
            ],
            values: [.init("cells", .blob)],
            cells.filter { !$0.value.isEmpty }.sorted { $0.key < $1.key }.map { key, days in
                [
                    .integer(fold), .integer(Int64(key.metric)), .integer(Int64(key.variant)),
                    .integer(Int64(key.slice)), .integer(Int64(key.part)), .blob(days.encoded),
                ]
            }
        )
    }

    /// The cells of some keys, which are sorted, and perhaps of others.
    private func cells(_ keys: [CellKey], of measured: MeasuredVersion) throws -> [CellKey: DayCells] {
        var found: [CellKey: DayCells] = [:]
        let wanted = Set(keys)
        var start = keys.startIndex
        while start < keys.endIndex {
            let (metric, variant) = (keys[start].metric, keys[start].variant)
            let end = keys[start...].firstIndex { $0.metric != metric || $0.variant != variant } ?? keys.endIndex
            let slices = Set(keys[start..<end].map { Int64($0.slice) }).sorted()
            let parts = Set(keys[start..<end].map { Int64($0.part) }).sorted()
            let rows = try transaction.rows(
                """
                SELECT metric, variant, slice, part, cells FROM hookline_experiment_cells
                WHERE fold = \(measured.fold) AND metric = \(metric) AND variant = \(variant)
                AND slice \(in: slices) AND part \(in: parts)
                """
            )
            for row in rows {
                let key = try Self.key(row)
                guard wanted.contains(key) else { continue }
                found[key] = try Self.days(row, measured.plan.metrics[metric].form)
            }
            start = end
        }
        return found
    }

    /// All cells of one metric.
    func cells(of metric: Int, _ form: MetricPlan.Form, fold: Int64) throws -> [CellKey: DayCells] {
        var found: [CellKey: DayCells] = [:]
        let rows = try transaction.rows(
            """
            SELECT metric, variant, slice, part, cells FROM hookline_experiment_cells
            WHERE fold = \(fold) AND metric = \(metric)
            """
        )
        for row in rows { found[try Self.key(row)] = try Self.days(row, form) }
        return found
    }

    /// The cells of one metric in some slices.
    static func cells(
        of metric: Int,
        _ form: MetricPlan.Form,
        slices: [Int],
        fold: Int64,
        in transaction: any Transaction
    ) throws -> [(CellKey, DayCells)] {
        try transaction.rows(
            """
            SELECT metric, variant, slice, part, cells FROM hookline_experiment_cells
            WHERE fold = \(fold) AND metric = \(metric) AND slice \(in: slices.map { Int64($0) })
            """
        ).map { (try key($0), try days($0, form)) }
    }

    private static func key(_ row: Row) throws -> CellKey {
        CellKey(
            metric: Int(try row.integer("metric")),
            variant: Int(try row.integer("variant")),
            slice: Int(try row.integer("slice")),
            part: Int(try row.integer("part"))
        )
    }

    private static func days(_ row: Row, _ form: MetricPlan.Form) throws -> DayCells {
        guard let days = DayCells(form, encoded: try row.blob("cells")) else {
            throw StorageError.unexpectedValue(column: "cells", expected: "cells of days", found: "other bytes")
        }
        return days
    }

    // MARK: Tallies

    static func tallies(of fold: Int64, in transaction: any Transaction) throws -> [Tally: Int64] {
        var tallies: [Tally: Int64] = [:]
        let rows = try transaction.rows(
            "SELECT name, subject, amount FROM hookline_experiment_tallies WHERE fold = \(fold)"
        )
        for row in rows {
            guard let tally = Tally(name: try row.text("name"), subject: Identifier(unchecked: try row.text("subject")))
            else { continue }
            tallies[tally] = try row.integer("amount")
        }
        return tallies
    }

    private func add(_ growth: [Tally: Int64], of fold: Int64) throws {
        let growth = growth.filter { $0.value != 0 }
        guard !growth.isEmpty else { return }
        let known = try Self.tallies(of: fold, in: transaction)
        try replace(
            "hookline_experiment_tallies",
            key: [.init("fold", .integer), .init("name", .text), .init("subject", .text)],
            values: [.init("amount", .integer)],
            growth.map { tally, amount in
                [.integer(fold), .text(tally.name), .text(tally.subject), .integer((known[tally] ?? 0) + amount)]
            }.sorted { "\($0[1])\($0[2])" < "\($1[1])\($1[2])" }
        )
    }

    // MARK: Clock

    func clock(of fold: Int64) throws -> Timestamp {
        try transaction.first("SELECT clock FROM hookline_experiment_folds WHERE fold = \(fold)")?.timestamp("clock")
            ?? Timestamp(milliseconds: 0)
    }

    /// The latest moment at which a folded event was received, moved on to this one.
    func advanceClock(of fold: Int64, to moment: Timestamp) throws -> Timestamp {
        let clock = try clock(of: fold)
        guard moment > clock else { return clock }
        try transaction.execute("UPDATE hookline_experiment_folds SET clock = \(moment) WHERE fold = \(fold)")
        return moment
    }
}
