import ArgumentParser

/// `hookline metrics`
struct MetricsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "metrics",
        abstract: "Lists, defines, changes and archives named metrics, which experiments take by their id.",
        subcommands: [
            ListMetricsCommand.self, GetMetricCommand.self, DefineMetricCommand.self, UpdateMetricCommand.self,
            MetricVersionsCommand.self, ArchiveMetricCommand.self, RestoreMetricCommand.self,
        ],
        defaultSubcommand: ListMetricsCommand.self
    )
}
