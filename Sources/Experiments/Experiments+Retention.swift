public import HooklineEvents
import HooklinePrimitives
public import HooklineStorage

/// What experiments need of the log, for whoever takes old events out of it.
extension Experiments {
    /// What is to be measured yet: of each version that goes on, or that the fold has not come to the end of, or that gets
    /// another metric, the events after its start, and before that as far as its metrics look back. So late exposures,
    /// metrics that are added, and recounts find all they need, whatever is removed.
    ///
    /// It stays true until the transaction ends where that holds the position of `ExperimentProjection`.
    public func neededEvents(in transaction: any Transaction) throws -> NeededEvents {
        let position = try store.events.position(of: ExperimentProjection.name, in: transaction)
        return try ExperimentFoldStore(transaction: transaction)
            .versions(underWayAfter: position, plan: plans.plan)
            .reduce(.none) { $0.and($1.needed) }
    }

    /// Forgets where the events up to a position are, which the log no longer holds.
    public func eventsWereRemoved(through position: Int64, in transaction: any Transaction) throws {
        try ExperimentFoldStore(transaction: transaction).removeAttributes(through: position)
    }
}
