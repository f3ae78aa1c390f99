import ArgumentParser

/// `hookline events`
struct EventsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "Sends what viewers did.",
        subcommands: [SendEventsCommand.self]
    )
}
