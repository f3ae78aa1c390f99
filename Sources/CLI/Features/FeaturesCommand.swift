import ArgumentParser

/// `hookline features`
struct FeaturesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "features",
        abstract: "Writes features, as GrowthBook defines them; takes them over from there, checks and evaluates them.",
        subcommands: [
            ListFeaturesCommand.self, GetFeatureCommand.self, PutFeatureCommand.self, DeleteFeatureCommand.self,
            FeatureVersionsCommand.self, ImportFeaturesCommand.self, CheckFeaturesCommand.self,
            EvaluateFeaturesCommand.self,
        ],
        defaultSubcommand: ListFeaturesCommand.self
    )
}
