import ArgumentParser
import HooklinePrimitives

/// `hookline experiments conclude`
struct ConcludeExperimentCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "conclude",
        abstract: "Ends an experiment; its results are final then."
    )

    @Argument(help: "The experiment's id.")
    var id: String

    @Option(help: ArgumentHelp("The variant that everybody sees from now on.", valueName: "key"))
    var winner: String?

    @Flag(help: "Take the winner that the results tell; nothing is concluded where they tell none.")
    var asDecided = false

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func validate() throws {
        if asDecided, winner != nil {
            throw ValidationError("--as-decided takes the winner of the results; leave --winner out")
        }
    }

    func run(_ client: any Client, _ console: Console) async throws {
        let body: JSON? = asDecided ? ["as_decided": true] : winner.map { ["winner": .string($0)] }
        let experiment = try await client.json(ClientRequest(.post, "experiments", id, "conclude", json: body))
        ExperimentView.show(experiment, as: output.format, on: console)
    }
}
