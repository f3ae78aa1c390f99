import HooklineEvents
import HooklinePrimitives
import HooklineStorage

/// The SQL of what the fold has made of an experiment.
extension ExperimentStore {
    /// Whether the fold knows the unit as exposed.
    func isExposed(_ unit: Identifier, to experiment: Experiment, in transaction: any Transaction) throws -> Bool {
        try transaction.first(
            """
            SELECT 1 AS found FROM hookline_experiment_units
            WHERE experiment_id = \(experiment.id) AND version = \(experiment.version) AND unit = \(unit)
            """
        ) != nil
    }

    /// The metrics that have moments.
    func observedMetrics(of experiment: Experiment, in transaction: any Transaction) throws -> Set<Identifier> {
        let rows = try transaction.rows(
            """
            SELECT DISTINCT metric FROM hookline_experiment_moments
            WHERE experiment_id = \(experiment.id) AND version = \(experiment.version)
            """
        )
        return Set(try rows.map { try $0.identifier("metric") })
    }

    /// How far the fold has come, and where the measurement of the current version ends, nil while it goes on.
    func progress(
        of experiment: Experiment,
        in transaction: any Transaction
    ) throws -> (folded: Int64, end: Int64?) {
        let row = try transaction.first(
            """
            SELECT p.position, v.to_position FROM hookline_experiment_versions v
            LEFT JOIN hookline_projections p ON p.name = \(ExperimentProjection.name)
            WHERE v.experiment_id = \(experiment.id) AND v.version = \(experiment.version)
            """
        )
        return (try row?.optionalInteger("position") ?? 0, try row?.optionalInteger("to_position"))
    }
}
