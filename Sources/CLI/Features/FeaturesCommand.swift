import ArgumentParser

/// `hookline features`
struct FeaturesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "features",
        abstract: "Checks features and evaluates them, as GrowthBook defines them.",
        subcommands: [CheckFeaturesCommand.self, EvaluateFeaturesCommand.self]
    )
}
