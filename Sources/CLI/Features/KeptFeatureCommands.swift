import ArgumentParser

/// `hookline features list`
struct ListFeaturesCommand: ListPartsCommand {
    static let kind = FeatureKindOption.feature
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists the features."
    )

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions
}

/// `hookline features get`
struct GetFeatureCommand: GetPartCommand {
    static let kind = FeatureKindOption.feature
    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: "Shows a feature."
    )

    @Argument(help: "The key of the feature.")
    var key: String

    @Option(help: "As it was in this version; as it stands without it.")
    var version: Int?

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions
}

/// `hookline features put`
struct PutFeatureCommand: PutPartCommand {
    static let kind = FeatureKindOption.feature
    static let configuration = CommandConfiguration(
        commandName: "put",
        abstract: "Writes a feature.",
        discussion: """
            echo '{"defaultValue": "old", "rules": [{"force": "new", "coverage": 0.1}]}' | hookline features put new-player -

            Everything that is published is checked with it, and nothing goes live where anything is wrong.
            """
    )

    @Argument(help: "The key of the feature.")
    var key: String

    @Argument(help: ArgumentHelp("A file with its definition; - reads the input.", valueName: "path"))
    var path: String

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions
}

/// `hookline features delete`
struct DeleteFeatureCommand: DeletePartCommand {
    static let kind = FeatureKindOption.feature
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Deletes a feature. Its versions stay."
    )

    @Argument(help: "The key of the feature.")
    var key: String

    @OptionGroup(title: "Connection") var connection: ConnectionOptions
}

/// `hookline features versions`
struct FeatureVersionsCommand: PartVersionsCommand {
    static let kind = FeatureKindOption.feature
    static let configuration = CommandConfiguration(
        commandName: "versions",
        abstract: "Lists the versions of a feature, and who has made them."
    )

    @Argument(help: "The key of the feature.")
    var key: String

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions
}
