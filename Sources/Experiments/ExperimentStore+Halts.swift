import HooklineEvents
import HooklinePrimitives
import HooklineStorage

/// The SQL of arms that were halted.
extension ExperimentStore {
    /// Those of the current versions of some experiments, in the order of their keys.
    func halted(
        in experiments: [Identifier],
        in transaction: any Transaction
    ) throws -> [Identifier: [Experiment.HaltedArm]] {
        guard !experiments.isEmpty else { return [:] }
        var halted: [Identifier: [Experiment.HaltedArm]] = [:]
        let rows = try transaction.rows(
            """
            SELECT h.experiment_id, h.variant, h.halted_at, h.reason FROM hookline_experiment_halts h
            JOIN hookline_experiments e ON e.id = h.experiment_id AND e.version = h.version
            WHERE h.experiment_id \(in: experiments) ORDER BY h.experiment_id, h.variant
            """
        )
        for row in rows {
            let arm = Experiment.HaltedArm(
                variant: try row.identifier("variant"),
                at: try row.timestamp("halted_at"),
                reason: try row.text("reason")
            )
            halted[try row.identifier("experiment_id"), default: []].append(arm)
        }
        return halted
    }

    /// Halts an arm of the current version at the log's head of now.
    ///
    /// - Throws: `ExperimentError.changedMeanwhile` where somebody else changed the experiment since it was read.
    func halt(
        _ variant: Identifier,
        of experiment: Experiment,
        reason: String,
        at now: Timestamp,
        in transaction: any Transaction
    ) throws -> Experiment {
        let head = try lockedHead(in: transaction)
        try transaction.execute(
            """
            INSERT INTO hookline_experiment_halts (experiment_id, version, variant, from_position, halted_at, reason)
            VALUES (\(experiment.id), \(experiment.version), \(variant), \(head), \(now), \(reason))
            """
        )
        try update(experiment, setting: "version = version", at: now, in: transaction)
        return try get(experiment.id, in: transaction)
    }
}
