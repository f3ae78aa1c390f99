import ArgumentParser
import HooklinePrimitives

/// `hookline experiments audit`
struct AuditCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Lists what was done to an experiment, by whom, from the first on."
    )

    @Argument(help: "The experiment's id.")
    var id: String

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func run(_ client: any Client, _ console: Console) async throws {
        let items = try await client.allItems { cursor in
            let query = [("limit", "\(Paging.itemsPerPage)"), ("cursor", cursor)]
            return ClientRequest(.get, "experiments", id, "audit", query: query)
        }
        guard output.format == .table else { return console.show(["items": .array(items), "next": nil]) }
        guard !items.isEmpty else { return console.line("Nothing was noted; it is older than the audit log.") }
        var table = Table([
            .text("at"), .text("version"), .text("action"), .text("by"), .text("detail", isElastic: true),
        ])
        for item in items {
            let detail = item["detail"]?.object ?? [:]
            table.add([
                String(ExperimentView.text(item["at"]).prefix(19)), ExperimentView.text(item["version"]),
                ExperimentView.text(item["action"]), ExperimentView.text(item["actor"]),
                detail.filter { !$0.value.isNull }.map { "\($0.key) \(Self.text($0.value))" }
                    .joined(separator: ", "),
            ])
        }
        console.show(table)
    }

    private static func text(_ json: JSON) -> String {
        json.array.map { $0.map(ExperimentView.text).joined(separator: " ") } ?? ExperimentView.text(json)
    }
}
