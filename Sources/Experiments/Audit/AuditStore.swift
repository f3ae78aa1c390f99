import HooklinePrimitives
import HooklineStorage

/// The SQL of the audit log.
struct AuditStore {
    private let transaction: any Transaction

    init(_ transaction: any Transaction) {
        self.transaction = transaction
    }

    /// Call it after the experiment's row was changed: those who change one experiment wait for each other there, so that the
    /// entries of one are numbered in their order.
    func add(
        _ action: AuditEntry.Action,
        to experiment: Experiment,
        by actor: String,
        at moment: Timestamp,
        _ detail: JSONObject
    ) throws {
        try transaction.execute(
            """
            INSERT INTO hookline_experiment_audit (experiment_id, version, action, actor, occurred_at, detail)
            VALUES (
                \(experiment.id), \(experiment.version), \(action.rawValue), \(actor), \(moment),
                \(JSON.object(detail).text)
            )
            """
        )
    }

    /// From the first on.
    func entries(of experiment: Identifier, _ page: PageRequest) throws -> Page<AuditEntry> {
        let after = try page.number(or: ExperimentError.invalidCursor)
        let found = try transaction.rows(
            """
            SELECT number, experiment_id, version, action, actor, occurred_at, detail FROM hookline_experiment_audit
            WHERE experiment_id = \(experiment) AND number > \(after ?? 0) ORDER BY number LIMIT \(page.limit + 1)
            """
        ).map(Self.entry)
        return Page(found, of: page) { "\($0.number)" }
    }

    private static func entry(_ row: Row) throws -> AuditEntry {
        let action = try row.text("action")
        guard let known = AuditEntry.Action(rawValue: action) else {
            throw StorageError.unexpectedValue(column: "action", expected: "an action", found: action)
        }
        return AuditEntry(
            number: try row.integer("number"),
            experiment: try row.identifier("experiment_id"),
            version: Int(try row.integer("version")),
            action: known,
            actor: try row.text("actor"),
            at: try row.timestamp("occurred_at"),
            detail: try JSON.parse(try row.text("detail")).object ?? [:]
        )
    }
}
