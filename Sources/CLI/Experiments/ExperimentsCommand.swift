import ArgumentParser

/// `hookline experiments`
struct ExperimentsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "experiments",
        abstract: "Defines experiments, runs them and reads their results.",
        subcommands: [
            CreateExperimentCommand.self, ListExperimentsCommand.self, GetExperimentCommand.self,
            UpdateExperimentCommand.self, StartExperimentCommand.self, PauseExperimentCommand.self,
            HaltArmCommand.self, ConcludeExperimentCommand.self, AuditCommand.self, AllocateCommand.self,
            ObserveCommand.self, ResultsCommand.self,
            AddMetricCommand.self, RecountCommand.self, ImportCommand.self, PlanCommand.self,
            SimulateCommand.self, ValidateCommand.self,
        ]
    )
}
