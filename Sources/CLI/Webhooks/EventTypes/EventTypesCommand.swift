import ArgumentParser

/// `hookline webhooks event-types`
struct EventTypesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "event-types",
        abstract: "Lists, adds and deletes the types of events.",
        subcommands: [ListEventTypesCommand.self, AddEventTypeCommand.self, DeleteEventTypeCommand.self],
        defaultSubcommand: ListEventTypesCommand.self
    )
}
