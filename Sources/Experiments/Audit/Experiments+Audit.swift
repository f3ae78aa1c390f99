public import HooklinePrimitives
import HooklineStorage

extension Experiments {
    /// The same experiments, in the hands of somebody: what is done is noted as theirs.
    /// - Parameter actor: An id that tells who it is, and no secret.
    public func acting(as actor: String) -> Experiments {
        var experiments = self
        experiments.actor = actor
        return experiments
    }

    /// What was done to an experiment, from the first on.
    ///
    /// - Throws: `ExperimentError.unknownExperiment`, and `invalid` for a cursor that no page has given out.
    public func audit(of id: Identifier, _ page: PageRequest = PageRequest()) async throws -> Page<AuditEntry> {
        try await database.read { transaction in
            _ = try store.get(id, in: transaction)
            return try AuditStore(transaction).entries(of: id, page)
        }
    }

    /// Notes what was done.
    func note(
        _ action: AuditEntry.Action,
        _ experiment: Experiment,
        _ detail: JSONObject = [:],
        at now: Timestamp,
        in transaction: any Transaction
    ) throws {
        try AuditStore(transaction).add(action, to: experiment, by: actor, at: now, detail)
    }
}
