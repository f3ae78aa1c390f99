import ArgumentParser

/// `hookline saved-groups list`
struct ListSavedGroupsCommand: ListPartsCommand {
    static let kind = FeatureKindOption.savedGroup
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists the saved groups."
    )

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions
}

/// `hookline saved-groups get`
struct GetSavedGroupCommand: GetPartCommand {
    static let kind = FeatureKindOption.savedGroup
    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: "Shows a saved group."
    )

    @Argument(help: "The key of the saved group.")
    var key: String

    @Option(help: "As it was in this version; as it stands without it.")
    var version: Int?

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions
}

/// `hookline saved-groups put`
struct PutSavedGroupCommand: PutPartCommand {
    static let kind = FeatureKindOption.savedGroup
    static let configuration = CommandConfiguration(
        commandName: "put",
        abstract: "Writes a saved group.",
        discussion: """
            echo '["DE", "AT", "CH"]' | hookline saved-groups put dach -
            """
    )

    @Argument(help: "The key of the saved group.")
    var key: String

    @Argument(help: ArgumentHelp("A file with its values, a JSON array; - reads the input.", valueName: "path"))
    var path: String

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions
}

/// `hookline saved-groups delete`
struct DeleteSavedGroupCommand: DeletePartCommand {
    static let kind = FeatureKindOption.savedGroup
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Deletes a saved group. Its versions stay."
    )

    @Argument(help: "The key of the saved group.")
    var key: String

    @OptionGroup(title: "Connection") var connection: ConnectionOptions
}

/// `hookline saved-groups versions`
struct SavedGroupVersionsCommand: PartVersionsCommand {
    static let kind = FeatureKindOption.savedGroup
    static let configuration = CommandConfiguration(
        commandName: "versions",
        abstract: "Lists the versions of a saved group, and who has made them."
    )

    @Argument(help: "The key of the saved group.")
    var key: String

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions
}

/// `hookline saved-groups`
struct SavedGroupsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "saved-groups",
        abstract: "Lists of values that the conditions of features name by $inGroup.",
        subcommands: [
            ListSavedGroupsCommand.self, GetSavedGroupCommand.self, PutSavedGroupCommand.self,
            DeleteSavedGroupCommand.self, SavedGroupVersionsCommand.self,
        ],
        defaultSubcommand: ListSavedGroupsCommand.self
    )
}
