import ArgumentParser
import HooklinePrimitives

/// `hookline metrics list`
struct ListMetricsCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists the named metrics.")

    @Flag(help: "Also those that are archived.")
    var all = false

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func run(_ client: any Client, _ console: Console) async throws {
        let items = try await client.allItems { cursor in
            let limit = "\(Paging.itemsPerPage)"
            let query = [("limit", limit), ("cursor", cursor), ("archived", all ? nil : "false")]
            return ClientRequest(.get, "metrics", query: query)
        }
        guard output.format == .table else { return console.show(["items": .array(items), "next": nil]) }
        guard !items.isEmpty else { return console.line("There are no named metrics.") }
        console.show(MetricView.table(items))
    }
}
