import ArgumentParser
import HooklineApp

/// The command line. Each subcommand has a file.
@main
struct Hookline: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hookline",
        abstract: "Measures, decides and personalises what a content studio publishes.",
        version: HooklineVersion.current,
        subcommands: [
            ServeCommand.self, ExperimentsCommand.self, MetricsCommand.self, EventsCommand.self,
            FeaturesCommand.self, SavedGroupsCommand.self, WebhooksCommand.self, KeysCommand.self, DemoCommand.self,
        ]
    )
}
