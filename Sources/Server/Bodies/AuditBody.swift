import HooklineExperiments
import HooklinePrimitives

/// What was done to an experiment, as it is answered.
enum AuditBody {
    static func json(_ entry: AuditEntry) -> JSON {
        [
            "number": JSON(entry.number),
            "experiment_id": JSON(entry.experiment),
            "version": JSON(entry.version),
            "action": .string(entry.action.rawValue),
            "actor": .string(entry.actor),
            "at": JSON(entry.at),
            "detail": .object(entry.detail),
        ]
    }
}
