import ArgumentParser
import HooklinePrimitives

/// `hookline experiments list`
struct ListExperimentsCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists the experiments.")

    @Option(help: "Only those that are draft, running, paused or concluded.")
    var state: StateArgument?

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func run(_ client: any Client, _ console: Console) async throws {
        let items = try await client.allItems { cursor in
            let limit = "\(Paging.itemsPerPage)"
            let query = [("limit", limit), ("cursor", cursor), ("state", state?.rawValue)]
            return ClientRequest(.get, "experiments", query: query)
        }
        guard output.format == .table else { return console.show(["items": .array(items), "next": nil]) }
        guard !items.isEmpty else { return console.line("There are no experiments.") }
        console.show(ExperimentView.table(items))
    }
}

/// Where an experiment stands, as a filter.
enum StateArgument: String, CaseIterable, ExpressibleByArgument, Sendable {
    case draft, running, paused, concluded
}
