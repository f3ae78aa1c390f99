import ArgumentParser

/// `hookline events`
struct EventsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "Sends what viewers did, and forgets it.",
        subcommands: [SendEventsCommand.self, ForgetUserCommand.self]
    )
}
