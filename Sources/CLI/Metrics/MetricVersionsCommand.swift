import ArgumentParser
import HooklinePrimitives

/// `hookline metrics versions`
struct MetricVersionsCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "versions",
        abstract: "Lists the versions of a named metric, from the first on."
    )

    @Argument(help: "The metric's id.")
    var id: String

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func run(_ client: any Client, _ console: Console) async throws {
        let items = try await client.allItems { cursor in
            let query = [("limit", "\(Paging.itemsPerPage)"), ("cursor", cursor)]
            return ClientRequest(.get, "metrics", id, "versions", query: query)
        }
        guard output.format == .table else { return console.show(["items": .array(items), "next": nil]) }
        console.show(MetricView.versionTable(items))
    }
}
