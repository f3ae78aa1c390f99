import Foundation
import HooklineEvents
public import HooklinePrimitives
public import HooklineStorage

/// The SQL of definitions and of what happens to them. `ExperimentFoldStore` has the SQL of what is measured.
public struct ExperimentStore: Sendable {
    let database: any Database
    let events: EventStore
    let metrics = MetricStore()

    public init(_ database: any Database) {
        self.database = database
        events = EventStore(database)
    }

    // MARK: Definitions

    public func add(_ definition: ExperimentDefinition, at now: Timestamp) async throws -> Experiment {
        try await database.write { try add(definition, at: now, in: $0) }
    }

    /// Adds a draft.
    ///
    /// - Throws: `ExperimentError.exists`.
    public func add(
        _ definition: ExperimentDefinition,
        at now: Timestamp,
        in transaction: any Transaction
    ) throws -> Experiment {
        let added = try transaction.execute(
            """
            INSERT INTO hookline_experiments (id, state, version, revision, created_at, updated_at)
            VALUES (\(definition.id), \(ExperimentState.draft.rawValue), 1, 1, \(now), \(now))
            ON CONFLICT (id) DO NOTHING
            """
        )
        guard added == 1 else { throw ExperimentError.exists(definition.id) }
        try insertVersion(1, of: definition, from: nil, at: nil, in: transaction)
        return try get(definition.id, in: transaction)
    }

    public func get(_ id: Identifier) async throws -> Experiment {
        try await database.read { try get(id, in: $0) }
    }

    /// - Throws: `ExperimentError.unknownExperiment`.
    public func get(_ id: Identifier, in transaction: any Transaction) throws -> Experiment {
        guard let found = try find(id, in: transaction) else { throw ExperimentError.unknownExperiment(id) }
        return found
    }

    func find(_ id: Identifier, in transaction: any Transaction) throws -> Experiment? {
        guard let row = try transaction.first("\(Self.selection) WHERE e.id = \(id)") else { return nil }
        return try Self.experiment(
            row,
            added: added(to: [id], in: transaction)[id] ?? [],
            halted: halted(in: [id], in: transaction)[id] ?? []
        )
    }

    public func list(_ page: PageRequest, state: ExperimentState? = nil) async throws -> Page<Experiment> {
        try await database.read { try list(page, state: state, in: $0) }
    }

    /// Experiments in the order of their ids.
    public func list(
        _ page: PageRequest,
        state: ExperimentState?,
        in transaction: any Transaction
    ) throws -> Page<Experiment> {
        var statement: Statement = "\(Self.selection) WHERE e.id > \(page.after ?? "")"
        if let state { statement += " AND e.state = \(state.rawValue)" }
        statement += " ORDER BY e.id LIMIT \(page.limit + 1)"
        let rows = try transaction.rows(statement)
        let ids = try rows.map { try $0.identifier("id") }
        let added = try added(to: ids, in: transaction)
        let halted = try halted(in: ids, in: transaction)
        let found = try zip(ids, rows).map { id, row in
            try Self.experiment(row, added: added[id] ?? [], halted: halted[id] ?? [])
        }
        return Page(found, of: page) { $0.id.text }
    }

    /// The state, version and revision, to see whether something that was kept is still true.
    func revision(of id: Identifier, in transaction: any Transaction) throws -> Int {
        guard
            let row = try transaction.first("SELECT revision FROM hookline_experiments WHERE id = \(id)")
        else { throw ExperimentError.unknownExperiment(id) }
        return Int(try row.integer("revision"))
    }

    // MARK: Changes

    /// Replaces the definition of an experiment as it stands at `experiment`.
    ///
    /// A draft is changed in place, and so are the names of a started one. Anything else that changes after the start
    /// makes a new version, which begins to measure at the log's head of now.
    ///
    /// - Throws: `ExperimentError.changedMeanwhile` where somebody else changed it since it was read.
    func change(
        _ experiment: Experiment,
        to definition: ExperimentDefinition,
        at now: Timestamp,
        in transaction: any Transaction
    ) throws -> Experiment {
        guard definition != experiment.definition else { return experiment }
        let begun = experiment.state != .draft
        var version = experiment.version
        if begun, !definition.measuresLike(experiment.definition) {
            let head = try lockedHead(in: transaction)
            try endVersion(of: experiment, at: head, in: transaction)
            version += 1
            try insertVersion(version, of: definition, from: head, at: now, in: transaction)
            if experiment.state == .paused {
                try insertPause(of: experiment.id, version: version, from: head, in: transaction)
            }
        } else {
            try transaction.execute(
                """
                UPDATE hookline_experiment_versions SET definition = \(Self.encode(definition))
                WHERE experiment_id = \(experiment.id) AND version = \(version)
                """
            )
            if definition.metrics != experiment.definition.metrics {
                try metrics.replaceUses(
                    with: definition.metrics,
                    by: experiment.id,
                    version: version,
                    in: transaction
                )
            }
        }
        try update(experiment, setting: "version = \(version)", at: now, in: transaction)
        return try get(experiment.id, in: transaction)
    }

    /// Carries out what a command does to an experiment as it stands at `experiment`.
    func apply(
        _ transition: ExperimentState.Transition,
        to experiment: Experiment,
        winner: Identifier?,
        at now: Timestamp,
        in transaction: any Transaction
    ) throws -> Experiment {
        let (id, version) = (experiment.id, experiment.version)
        switch transition {
        case .none:
            return experiment
        case .refused(let accepted):
            throw ExperimentError.wrongState(experiment.state, accepted: accepted)
        case .begin:
            let head = try lockedHead(in: transaction)
            try transaction.execute(
                """
                UPDATE hookline_experiment_versions SET from_position = \(head), started_at = \(now)
                WHERE experiment_id = \(id) AND version = \(version)
                """
            )
            try transaction.execute(
                """
                UPDATE hookline_experiment_folds SET early_until = \(EarlyUnits.end(ofVersionStartedAt: now))
                WHERE experiment_id = \(id) AND version = \(version)
                """
            )
            try update(experiment, setting: "state = 'running', started_at = \(now)", at: now, in: transaction)
        case .suspend:
            try insertPause(of: id, version: version, from: lockedHead(in: transaction), in: transaction)
            try update(experiment, setting: "state = 'paused'", at: now, in: transaction)
        case .resume:
            try endPause(of: experiment, at: lockedHead(in: transaction), in: transaction)
            try update(experiment, setting: "state = 'running'", at: now, in: transaction)
        case .end:
            let head = try lockedHead(in: transaction)
            try endVersion(of: experiment, at: head, in: transaction)
            try update(
                experiment,
                setting: "state = 'concluded', concluded_at = \(now), winner = \(winner)",
                at: now,
                in: transaction
            )
        }
        return try get(id, in: transaction)
    }

    /// The log's last position, which stays the last until this transaction ends: so every event is clearly before or
    /// clearly after what is done here.
    func lockedHead(in transaction: any Transaction) throws -> Int64 {
        try transaction.lock(.eventLog)
        return try events.head(in: transaction)
    }

    /// - Parameters:
    ///   - version: its number.
    ///   - definition: what it measures.
    ///   - position: where it begins in the log; nil for a draft.
    ///   - moment: when it begins; nil for a draft.
    ///   - transaction: which changes the experiment.
    private func insertVersion(
        _ version: Int,
        of definition: ExperimentDefinition,
        from position: Int64?,
        at moment: Timestamp?,
        in transaction: any Transaction
    ) throws {
        try transaction.execute(
            """
            INSERT INTO hookline_experiment_versions (experiment_id, version, definition, from_position, started_at)
            VALUES (\(definition.id), \(version), \(Self.encode(definition)), \(position), \(moment))
            """
        )
        try transaction.execute(
            """
            INSERT INTO hookline_experiment_folds (experiment_id, version, early_until)
            VALUES (\(definition.id), \(version), \(moment.map(EarlyUnits.end)))
            """
        )
        try metrics.noteUses(of: definition.metrics, by: definition.id, version: version, in: transaction)
    }

    private func endVersion(of experiment: Experiment, at head: Int64, in transaction: any Transaction) throws {
        try endPause(of: experiment, at: head, in: transaction)
        try transaction.execute(
            """
            UPDATE hookline_experiment_versions SET to_position = \(head)
            WHERE experiment_id = \(experiment.id) AND version = \(experiment.version)
            """
        )
    }

    private func insertPause(
        of id: Identifier,
        version: Int,
        from position: Int64,
        in transaction: any Transaction
    ) throws {
        // Paused again at the very position of an earlier pause, the pauses are one.
        try transaction.execute(
            """
            INSERT INTO hookline_experiment_pauses (experiment_id, version, from_position)
            VALUES (\(id), \(version), \(position))
            ON CONFLICT (experiment_id, version, from_position) DO UPDATE SET to_position = NULL
            """
        )
    }

    private func endPause(of experiment: Experiment, at head: Int64, in transaction: any Transaction) throws {
        try transaction.execute(
            """
            UPDATE hookline_experiment_pauses SET to_position = \(head)
            WHERE experiment_id = \(experiment.id) AND version = \(experiment.version) AND to_position IS NULL
            """
        )
    }

    func update(
        _ experiment: Experiment,
        setting assignments: Statement,
        at now: Timestamp,
        in transaction: any Transaction
    ) throws {
        let changed = try transaction.execute(
            """
            UPDATE hookline_experiments
            SET \(assignments), revision = revision + 1, updated_at = \(now)
            WHERE id = \(experiment.id) AND revision = \(experiment.revision)
            """
        )
        guard changed == 1 else { throw ExperimentError.changedMeanwhile(experiment.id) }
    }

    // MARK: Rows

    private static let selection: Statement = """
        SELECT e.id, e.state, e.version, e.revision, e.winner, e.created_at, e.updated_at, e.started_at, e.concluded_at,
            v.definition
        FROM hookline_experiments e
        JOIN hookline_experiment_versions v ON v.experiment_id = e.id AND v.version = e.version
        """

    private static func experiment(
        _ row: Row,
        added: [Experiment.AddedMetric],
        halted: [Experiment.HaltedArm]
    ) throws -> Experiment {
        let state = try row.text("state")
        guard let known = ExperimentState(rawValue: state) else {
            throw StorageError.unexpectedValue(column: "state", expected: "a state", found: state)
        }
        return Experiment(
            definition: try decode(try row.text("definition")),
            state: known,
            version: Int(try row.integer("version")),
            revision: Int(try row.integer("revision")),
            winner: try row.optionalIdentifier("winner"),
            createdAt: try row.timestamp("created_at"),
            updatedAt: try row.timestamp("updated_at"),
            startedAt: try row.optionalTimestamp("started_at"),
            concludedAt: try row.optionalTimestamp("concluded_at"),
            added: added,
            halted: halted
        )
    }

    static func encode(_ definition: ExperimentDefinition) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(definition), as: UTF8.self)
    }

    static func decode(_ text: String) throws -> ExperimentDefinition {
        try JSONDecoder().decode(ExperimentDefinition.self, from: Data(text.utf8))
    }
}
