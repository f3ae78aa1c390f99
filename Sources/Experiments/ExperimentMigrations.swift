public import HooklineStorage

/// The tables of the experiments.
public enum ExperimentMigrations {
    public static let all: [Migration] = [
        Migration("experiments-1") { _ in definitions + folded },
        // What was folded is made again from the log, in another form that older binaries cannot read.
        Migration("experiments-2", oldestAllowedVersion: 9) { _ in
            numberedFolds + foldedByNumber + addedMetrics + refolding
        },
        Migration("experiments-3") { _ in namedMetrics },
        Migration("experiments-4") { _ in reachOfTheLog },
        Migration("experiments-5") { _ in decisions },
        // An older binary would neither heed what is halted nor keep early units apart.
        Migration("experiments-6", oldestAllowedVersion: 13) { _ in halts + audit + earlyUnits },
        Migration("experiments-7") { _ in features },
    ]

    private static let definitions: [Statement] = [
        """
        CREATE TABLE hookline_experiments (
            id TEXT \(.textCollation) PRIMARY KEY,
            state TEXT \(.textCollation) NOT NULL,
            version BIGINT NOT NULL,
            revision BIGINT NOT NULL,
            winner TEXT \(.textCollation),
            created_at BIGINT NOT NULL,
            updated_at BIGINT NOT NULL,
            started_at BIGINT,
            concluded_at BIGINT
        )
        """,
        // A version measures the events of the log after from_position and up to to_position.
        """
        CREATE TABLE hookline_experiment_versions (
            experiment_id TEXT \(.textCollation) NOT NULL,
            version BIGINT NOT NULL,
            definition TEXT NOT NULL,
            from_position BIGINT,
            to_position BIGINT,
            PRIMARY KEY (experiment_id, version)
        )
        """,
        "CREATE INDEX hookline_experiment_versions_by_end ON hookline_experiment_versions (to_position)",
        // An exposure that was logged after from_position and up to to_position of a pause brings nobody in.
        """
        CREATE TABLE hookline_experiment_pauses (
            experiment_id TEXT \(.textCollation) NOT NULL,
            version BIGINT NOT NULL,
            from_position BIGINT NOT NULL,
            to_position BIGINT,
            PRIMARY KEY (experiment_id, version, from_position)
        )
        """,
    ]

    /// What the fold makes of the log, in its first form.
    private static let folded: [Statement] = [
        """
        CREATE TABLE hookline_experiment_units (
            experiment_id TEXT \(.textCollation) NOT NULL,
            version BIGINT NOT NULL,
            unit TEXT \(.textCollation) NOT NULL,
            variant TEXT \(.textCollation) NOT NULL,
            exposed_at BIGINT NOT NULL,
            PRIMARY KEY (experiment_id, version, unit)
        ) \(.clusteredByPrimaryKey)
        """,
        """
        CREATE TABLE hookline_experiment_values (
            experiment_id TEXT \(.textCollation) NOT NULL,
            version BIGINT NOT NULL,
            unit TEXT \(.textCollation) NOT NULL,
            metric TEXT \(.textCollation) NOT NULL,
            variant TEXT \(.textCollation) NOT NULL,
            events BIGINT NOT NULL,
            ignored BIGINT NOT NULL,
            total \(.blobType) NOT NULL,
            PRIMARY KEY (experiment_id, version, unit, metric, variant)
        ) \(.clusteredByPrimaryKey)
        """,
        """
        CREATE TABLE hookline_experiment_moments (
            experiment_id TEXT \(.textCollation) NOT NULL,
            version BIGINT NOT NULL,
            metric TEXT \(.textCollation) NOT NULL,
            variant TEXT \(.textCollation) NOT NULL,
            moments \(.blobType) NOT NULL,
            PRIMARY KEY (experiment_id, version, metric, variant)
        )
        """,
        """
        CREATE TABLE hookline_experiment_tallies (
            experiment_id TEXT \(.textCollation) NOT NULL,
            version BIGINT NOT NULL,
            name TEXT \(.textCollation) NOT NULL,
            variant TEXT \(.textCollation) NOT NULL,
            amount BIGINT NOT NULL,
            PRIMARY KEY (experiment_id, version, name, variant)
        )
        """,
        // Where the events of a unit are that is a property, which the log has no index for.
        """
        CREATE TABLE hookline_experiment_attributes (
            attribute TEXT \(.textCollation) NOT NULL,
            value TEXT \(.textCollation) NOT NULL,
            position BIGINT NOT NULL,
            PRIMARY KEY (attribute, value, position)
        ) \(.clusteredByPrimaryKey)
        """,
    ]

    /// Each version has a number, which is short, under which everything that is folded of it is kept.
    private static let numberedFolds: [Statement] = [
        """
        CREATE TABLE hookline_experiment_folds (
            fold \(.generatedPrimaryKey),
            experiment_id TEXT \(.textCollation) NOT NULL,
            version BIGINT NOT NULL,
            clock BIGINT NOT NULL DEFAULT 0,
            UNIQUE (experiment_id, version)
        )
        """,
        """
        INSERT INTO hookline_experiment_folds (experiment_id, version)
        SELECT experiment_id, version FROM hookline_experiment_versions ORDER BY experiment_id, version
        """,
        "DROP TABLE hookline_experiment_units",
        "DROP TABLE hookline_experiment_values",
        "DROP TABLE hookline_experiment_moments",
        "DROP TABLE hookline_experiment_tallies",
    ]

    private static let foldedByNumber: [Statement] = [
        """
        CREATE TABLE hookline_experiment_units (
            fold BIGINT NOT NULL,
            unit TEXT \(.textCollation) NOT NULL,
            state \(.blobType) NOT NULL,
            PRIMARY KEY (fold, unit)
        ) \(.clusteredByPrimaryKey)
        """,
        // The units of a variant, slice and group together, by the day of their exposure. Slice 0 are all units.
        """
        CREATE TABLE hookline_experiment_cells (
            fold BIGINT NOT NULL,
            metric BIGINT NOT NULL,
            variant BIGINT NOT NULL,
            slice BIGINT NOT NULL,
            part BIGINT NOT NULL,
            cells \(.blobType) NOT NULL,
            PRIMARY KEY (fold, metric, variant, slice, part)
        ) \(.clusteredByPrimaryKey)
        """,
        """
        CREATE TABLE hookline_experiment_slices (
            fold BIGINT NOT NULL,
            slice BIGINT NOT NULL,
            dimension BIGINT NOT NULL,
            kind TEXT \(.textCollation) NOT NULL,
            value TEXT \(.textCollation) NOT NULL,
            PRIMARY KEY (fold, slice)
        )
        """,
        """
        CREATE TABLE hookline_experiment_tallies (
            fold BIGINT NOT NULL,
            name TEXT \(.textCollation) NOT NULL,
            subject TEXT \(.textCollation) NOT NULL,
            amount BIGINT NOT NULL,
            PRIMARY KEY (fold, name, subject)
        )
        """,
        // Of the metrics that are observed and not folded from events.
        """
        CREATE TABLE hookline_experiment_observed (
            fold BIGINT NOT NULL,
            unit TEXT \(.textCollation) NOT NULL,
            metric TEXT \(.textCollation) NOT NULL,
            variant TEXT \(.textCollation) NOT NULL,
            observations BIGINT NOT NULL,
            total \(.blobType) NOT NULL,
            PRIMARY KEY (fold, unit, metric, variant)
        ) \(.clusteredByPrimaryKey)
        """,
        """
        CREATE TABLE hookline_experiment_moments (
            fold BIGINT NOT NULL,
            metric TEXT \(.textCollation) NOT NULL,
            variant TEXT \(.textCollation) NOT NULL,
            moments \(.blobType) NOT NULL,
            PRIMARY KEY (fold, metric, variant)
        )
        """,
    ]

    /// Metrics that were added to a version after its start, in the order in which they were. `built_through` is the last
    /// unit that stands in it while it is built.
    private static let addedMetrics: [Statement] = [
        """
        CREATE TABLE hookline_experiment_added_metrics (
            experiment_id TEXT \(.textCollation) NOT NULL,
            version BIGINT NOT NULL,
            number BIGINT NOT NULL,
            definition TEXT NOT NULL,
            added_at BIGINT NOT NULL,
            built_through TEXT \(.textCollation),
            is_built INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (experiment_id, version, number)
        )
        """,
        """
        CREATE INDEX hookline_experiment_added_metrics_unbuilt ON hookline_experiment_added_metrics (experiment_id)
        WHERE is_built = 0
        """,
    ]

    private static let namedMetrics: [Statement] = [
        """
        CREATE TABLE hookline_metrics (
            id TEXT \(.textCollation) PRIMARY KEY,
            version BIGINT NOT NULL,
            created_at BIGINT NOT NULL,
            updated_at BIGINT NOT NULL,
            archived_at BIGINT
        )
        """,
        """
        CREATE TABLE hookline_metric_versions (
            id TEXT \(.textCollation) NOT NULL,
            version BIGINT NOT NULL,
            definition TEXT NOT NULL,
            description TEXT NOT NULL,
            created_at BIGINT NOT NULL,
            PRIMARY KEY (id, version)
        )
        """,
        // Which version of an experiment has taken which version of a named metric, and under which name.
        """
        CREATE TABLE hookline_metric_uses (
            metric_id TEXT \(.textCollation) NOT NULL,
            experiment_id TEXT \(.textCollation) NOT NULL,
            version BIGINT NOT NULL,
            metric TEXT \(.textCollation) NOT NULL,
            metric_version BIGINT NOT NULL,
            PRIMARY KEY (metric_id, experiment_id, version, metric)
        )
        """,
        "CREATE INDEX hookline_metric_uses_by_experiment ON hookline_metric_uses (experiment_id, version)",
    ]

    /// What tells how far back a version needs the log, and what goes with the events that it does not need. Of versions that
    /// began earlier only the start of their experiment is known, which is not later than theirs.
    private static let reachOfTheLog: [Statement] = [
        "ALTER TABLE hookline_experiment_versions ADD COLUMN started_at BIGINT",
        """
        UPDATE hookline_experiment_versions SET started_at =
            (SELECT e.started_at FROM hookline_experiments e WHERE e.id = hookline_experiment_versions.experiment_id)
        WHERE from_position IS NOT NULL
        """,
        "CREATE INDEX hookline_experiment_attributes_by_position ON hookline_experiment_attributes (position)",
    ]

    /// What was read at the moments that plans have fixed, and what came of it.
    private static let decisions: [Statement] = [
        """
        CREATE TABLE hookline_experiment_looks (
            experiment_id TEXT \(.textCollation) NOT NULL,
            version BIGINT NOT NULL,
            number BIGINT NOT NULL,
            taken_at BIGINT NOT NULL,
            look TEXT NOT NULL,
            PRIMARY KEY (experiment_id, version, number)
        )
        """,
        // What was decided last of a version, so that only another decision is told. No variant is an empty text.
        """
        CREATE TABLE hookline_experiment_decisions (
            experiment_id TEXT \(.textCollation) NOT NULL,
            version BIGINT NOT NULL,
            verdict TEXT \(.textCollation) NOT NULL,
            variant TEXT \(.textCollation) NOT NULL,
            decided_at BIGINT NOT NULL,
            PRIMARY KEY (experiment_id, version)
        )
        """,
        // What was raised of a version, and is not told again.
        """
        CREATE TABLE hookline_experiment_alerts (
            experiment_id TEXT \(.textCollation) NOT NULL,
            version BIGINT NOT NULL,
            alert TEXT \(.textCollation) NOT NULL,
            subject TEXT \(.textCollation) NOT NULL,
            raised_at BIGINT NOT NULL,
            PRIMARY KEY (experiment_id, version, alert, subject)
        )
        """,
    ]

    /// Arms of a version that nobody is shown any more. An exposure to one that was logged after from_position brings nobody
    /// in.
    private static let halts: [Statement] = [
        """
        CREATE TABLE hookline_experiment_halts (
            experiment_id TEXT \(.textCollation) NOT NULL,
            version BIGINT NOT NULL,
            variant TEXT \(.textCollation) NOT NULL,
            from_position BIGINT NOT NULL,
            halted_at BIGINT NOT NULL,
            reason TEXT NOT NULL,
            PRIMARY KEY (experiment_id, version, variant)
        )
        """
    ]

    /// What was done to experiments, by whom.
    private static let audit: [Statement] = [
        """
        CREATE TABLE hookline_experiment_audit (
            number \(.generatedPrimaryKey),
            experiment_id TEXT \(.textCollation) NOT NULL,
            version BIGINT NOT NULL,
            action TEXT \(.textCollation) NOT NULL,
            actor TEXT \(.textCollation) NOT NULL,
            occurred_at BIGINT NOT NULL,
            detail TEXT NOT NULL
        )
        """,
        "CREATE INDEX hookline_experiment_audit_by_experiment ON hookline_experiment_audit (experiment_id, number)",
    ]

    /// Until when the units of a version are early, and also kept apart. Of versions that began before, nobody kept them.
    private static let earlyUnits: [Statement] = [
        "ALTER TABLE hookline_experiment_folds ADD COLUMN early_until BIGINT"
    ]

    /// Features and saved groups, every version of them, and what units were assigned. A part without a body is deleted.
    private static let features: [Statement] = [
        """
        CREATE TABLE hookline_feature_parts (
            kind TEXT \(.textCollation) NOT NULL,
            key TEXT \(.textCollation) NOT NULL,
            version BIGINT NOT NULL,
            body TEXT,
            created_at BIGINT NOT NULL,
            updated_at BIGINT NOT NULL,
            PRIMARY KEY (kind, key)
        )
        """,
        """
        CREATE TABLE hookline_feature_versions (
            kind TEXT \(.textCollation) NOT NULL,
            key TEXT \(.textCollation) NOT NULL,
            version BIGINT NOT NULL,
            body TEXT,
            actor TEXT \(.textCollation) NOT NULL,
            at BIGINT NOT NULL,
            PRIMARY KEY (kind, key, version)
        )
        """,
        "CREATE TABLE hookline_feature_set (revision BIGINT NOT NULL, changed_at BIGINT)",
        "INSERT INTO hookline_feature_set (revision) VALUES (0)",
        """
        CREATE TABLE hookline_sticky_buckets (
            attribute TEXT \(.textCollation) NOT NULL,
            value TEXT \(.textCollation) NOT NULL,
            assignments TEXT NOT NULL,
            PRIMARY KEY (attribute, value)
        ) \(.clusteredByPrimaryKey)
        """,
        "CREATE INDEX hookline_sticky_buckets_by_value ON hookline_sticky_buckets (value)",
    ]

    private static let refolding: [Statement] = [
        "UPDATE hookline_projections SET position = 0 WHERE name = \(ExperimentProjection.name)"
    ]
}
