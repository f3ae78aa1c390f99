import Foundation
import HooklinePrimitives
import HooklineStorage

/// The SQL of the reads that were planned.
struct LookStore {
    private let transaction: any Transaction

    init(_ transaction: any Transaction) {
        self.transaction = transaction
    }

    /// The looks that were taken, in their order.
    func all(of experiment: Identifier, version: Int) throws -> [PlannedLook] {
        try transaction.rows(
            """
            SELECT number, taken_at, look FROM hookline_experiment_looks
            WHERE experiment_id = \(experiment) AND version = \(version) ORDER BY number
            """
        ).map(Self.look)
    }

    /// The last that was taken; nil before the first.
    func last(of experiment: Identifier, version: Int) throws -> PlannedLook? {
        try transaction.first(
            """
            SELECT number, taken_at, look FROM hookline_experiment_looks
            WHERE experiment_id = \(experiment) AND version = \(version) ORDER BY number DESC LIMIT 1
            """
        ).map(Self.look)
    }

    /// Keeps a look, but where it is kept already.
    func add(_ look: PlannedLook, of experiment: Identifier, version: Int) throws {
        try transaction.execute(
            """
            INSERT INTO hookline_experiment_looks (experiment_id, version, number, taken_at, look)
            VALUES (\(experiment), \(version), \(look.number), \(look.takenAt), \(try Self.encode(look)))
            ON CONFLICT (experiment_id, version, number) DO NOTHING
            """
        )
    }

    /// What is kept of a look beside its number and moment.
    private struct Kept: Codable {
        let units: Int64
        let fraction: Double
        let criticalValue: Double?
        let isLast: Bool
        let readings: [PlannedReading]
    }

    private static func encode(_ look: PlannedLook) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let kept = Kept(
            units: look.units,
            fraction: look.fraction,
            criticalValue: look.criticalValue,
            isLast: look.isLast,
            readings: look.readings
        )
        return String(decoding: try encoder.encode(kept), as: UTF8.self)
    }

    private static func look(_ row: Row) throws -> PlannedLook {
        let kept = try JSONDecoder().decode(Kept.self, from: Data(try row.text("look").utf8))
        return PlannedLook(
            number: Int(try row.integer("number")),
            units: kept.units,
            fraction: kept.fraction,
            criticalValue: kept.criticalValue,
            isLast: kept.isLast,
            takenAt: try row.timestamp("taken_at"),
            readings: kept.readings
        )
    }
}
