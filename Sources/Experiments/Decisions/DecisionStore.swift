import HooklinePrimitives
import HooklineStorage

/// The SQL of what was decided, and of what was raised.
struct DecisionStore {
    private let transaction: any Transaction

    init(_ transaction: any Transaction) {
        self.transaction = transaction
    }

    /// The experiments that are measured, or were until this moment, in the order of their ids.
    func measured(since moment: Timestamp) throws -> [(id: Identifier, revision: Int64)] {
        try transaction.rows(
            """
            SELECT id, revision FROM hookline_experiments
            WHERE state IN ('running', 'paused') OR concluded_at > \(moment) ORDER BY id
            """
        ).map { (try $0.identifier("id"), try $0.integer("revision")) }
    }

    /// One node at a time decides an experiment: what it reads must not change until it has written.
    func lock(_ experiment: Identifier) throws {
        _ = try transaction.first("SELECT id FROM hookline_experiments WHERE id = \(experiment) \(.forUpdate)")
    }

    /// Whether it is another decision than before: another verdict, or of another variant. Reasons change with every number.
    func isNew(_ decision: Decision, of experiment: Identifier, version: Int) throws -> Bool {
        let before = try transaction.first(
            """
            SELECT verdict, variant FROM hookline_experiment_decisions
            WHERE experiment_id = \(experiment) AND version = \(version)
            """
        )
        guard let before else { return true }
        return try before.text("verdict") != decision.verdict.rawValue
            || before.text("variant") != decision.variant?.text ?? ""
    }

    /// Keeps what is decided now; false where the same was kept before.
    func replace(with decision: Decision, of experiment: Identifier, version: Int, at now: Timestamp) throws -> Bool {
        try transaction.execute(
            """
            INSERT INTO hookline_experiment_decisions (experiment_id, version, verdict, variant, decided_at)
            VALUES (
                \(experiment), \(version), \(decision.verdict.rawValue), \(decision.variant?.text ?? ""), \(now)
            )
            ON CONFLICT (experiment_id, version) DO UPDATE SET
                verdict = excluded.verdict, variant = excluded.variant, decided_at = excluded.decided_at
            WHERE hookline_experiment_decisions.verdict <> excluded.verdict
                OR hookline_experiment_decisions.variant <> excluded.variant
            """
        ) == 1
    }

    func isRaised(_ alert: Identifier, of subject: String, in experiment: Identifier, version: Int) throws -> Bool {
        try transaction.first(
            """
            SELECT raised_at FROM hookline_experiment_alerts
            WHERE experiment_id = \(experiment) AND version = \(version) AND alert = \(alert) AND subject = \(subject)
            """
        ) != nil
    }

    /// Notes that something was raised; false where it was before.
    func raise(
        _ alert: Identifier,
        of subject: String,
        in experiment: Identifier,
        version: Int,
        at now: Timestamp
    ) throws -> Bool {
        try transaction.execute(
            """
            INSERT INTO hookline_experiment_alerts (experiment_id, version, alert, subject, raised_at)
            VALUES (\(experiment), \(version), \(alert), \(subject), \(now))
            ON CONFLICT (experiment_id, version, alert, subject) DO NOTHING
            """
        ) == 1
    }
}
