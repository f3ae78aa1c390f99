import HooklineEvents
import HooklinePrimitives
import HooklineStorage

/// The SQL of what the fold has made of an experiment.
extension ExperimentStore {
    /// The number under which the fold of an experiment's current version is kept.
    private static func fold(of experiment: Experiment) -> Statement {
        """
        (SELECT fold FROM hookline_experiment_folds
        WHERE experiment_id = \(experiment.id) AND version = \(experiment.version))
        """
    }

    /// Whether the fold knows the unit as exposed.
    func isExposed(_ unit: Identifier, to experiment: Experiment, in transaction: any Transaction) throws -> Bool {
        let row = try transaction.first(
            """
            SELECT state FROM hookline_experiment_units
            WHERE fold = \(Self.fold(of: experiment)) AND unit = \(unit)
            """
        )
        return try row.map { try ExperimentFoldStore.state($0).exposure != nil } ?? false
    }

    /// The metrics that have moments of observations.
    func observedMetrics(of experiment: Experiment, in transaction: any Transaction) throws -> Set<Identifier> {
        let rows = try transaction.rows(
            "SELECT DISTINCT metric FROM hookline_experiment_moments WHERE fold = \(Self.fold(of: experiment))"
        )
        return Set(try rows.map { try $0.identifier("metric") })
    }

    /// How far the fold of the current version has come.
    func progress(
        of experiment: Experiment,
        at now: Timestamp,
        in transaction: any Transaction
    ) throws -> FoldProgress {
        let row = try transaction.first(
            """
            SELECT f.fold, f.early_until, p.position, v.to_position, v.started_at FROM hookline_experiment_folds f
            JOIN hookline_experiment_versions v ON v.experiment_id = f.experiment_id AND v.version = f.version
            LEFT JOIN hookline_projections p ON p.name = \(ExperimentProjection.name)
            WHERE f.experiment_id = \(experiment.id) AND f.version = \(experiment.version)
            """
        )
        let position = try row?.optionalInteger("position") ?? 0
        let end = try row?.optionalInteger("to_position")
        let isFinal = end.map { position >= $0 } ?? false
        var asOf = min(now, experiment.concludedAt ?? now)
        // What is not folded yet cannot have been counted, so no window has closed since it was received.
        if !isFinal, let waiting = try events.events(after: position, limit: 1, in: transaction).first {
            asOf = min(asOf, waiting.receivedAt)
        }
        return FoldProgress(
            fold: try row?.integer("fold") ?? 0,
            position: position,
            asOf: asOf,
            isFinal: isFinal,
            startedAt: try row?.optionalTimestamp("started_at"),
            earlyUntil: try row?.optionalTimestamp("early_until")
        )
    }
}

/// How far the fold of a version has come.
struct FoldProgress {
    /// The number under which it is kept.
    let fold: Int64
    let position: Int64
    /// The moment up to which all that was received is folded.
    let asOf: Timestamp
    /// Whether nothing more can come.
    let isFinal: Bool
    /// When the version began; nil for a draft.
    let startedAt: Timestamp?
    /// When units cease to be early (`EarlyUnits`); nil where they are not kept apart.
    let earlyUntil: Timestamp?

    /// Whether there may be units that came after the early ones.
    var hasLaterUnits: Bool { earlyUntil.map { asOf > $0 } ?? false }
}
