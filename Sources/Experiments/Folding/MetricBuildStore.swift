import HooklinePrimitives
import HooklineStorage

/// The SQL of what is being built.
struct MetricBuildStore {
    let transaction: any Transaction

    /// The version of an experiment that has metrics to build.
    struct Build: Sendable {
        let experiment: Identifier
        let version: Int
        /// All of its units up to this one stand in every metric; nil where none was looked at.
        let builtThrough: Identifier?
    }

    /// Those that were added to one version at different times are built together, from the units that the last of them
    /// lacks.
    func next() throws -> Build? {
        let row = try transaction.first(
            """
            SELECT experiment_id, version, min(coalesce(built_through, '')) AS built_through
            FROM hookline_experiment_added_metrics WHERE is_built = 0
            GROUP BY experiment_id, version ORDER BY experiment_id, version LIMIT 1
            """
        )
        return try row.map { row in
            let through = try row.text("built_through")
            return Build(
                experiment: try row.identifier("experiment_id"),
                version: Int(try row.integer("version")),
                builtThrough: through.isEmpty ? nil : Identifier(unchecked: through)
            )
        }
    }

    func advance(_ build: Build, through unit: Identifier) throws {
        try transaction.execute(
            """
            UPDATE hookline_experiment_added_metrics SET built_through = \(unit)
            WHERE experiment_id = \(build.experiment) AND version = \(build.version) AND is_built = 0
            """
        )
    }

    /// Every unit stands in them now. The revision tells those who keep the experiment to read it again.
    func finish(_ build: Build) throws {
        try transaction.execute(
            """
            UPDATE hookline_experiment_added_metrics SET is_built = 1
            WHERE experiment_id = \(build.experiment) AND version = \(build.version)
            """
        )
        try transaction.execute(
            "UPDATE hookline_experiments SET revision = revision + 1 WHERE id = \(build.experiment)"
        )
    }
}
