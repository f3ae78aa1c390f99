import ArgumentParser
import HooklinePrimitives

/// `hookline experiments recount`
struct RecountCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "recount",
        abstract: "Compares everything that is folded of an experiment with a recount from the log.",
        discussion: "It reads the whole log. The exit status is 1 where anything differs."
    )

    @Argument(help: "The experiment's id.")
    var id: String

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func run(_ client: any Client, _ console: Console) async throws {
        let report = try await client.json(ClientRequest(.post, "experiments", id, "recount"))
        if output.format == .table { show(report, on: console) } else { console.show(report) }
        guard report["different"]?.integer == 0 else { throw ExitCode.failure }
    }

    private func show(_ report: JSON, on console: Console) {
        let number = { (name: String) in NumberText.whole(report[name]?.integer ?? 0) }
        console.line(
            "\(number("different")) of \(number("compared")) folded numbers differ from a recount of \(number("events"))"
                + " events and \(number("units")) units, up to position \(number("position"))."
        )
        let notCompared = (report["not_compared"]?.array ?? []).compactMap(\.string)
        if !notCompared.isEmpty {
            console.line("Not compared, because they are being built: \(notCompared.joined(separator: ", ")).")
        }
        let differences = report["differences"]?.array ?? []
        guard !differences.isEmpty else { return }
        var table = Table([
            .text("what", isElastic: true), .text("variant", isElastic: true), .text("slice"),
            .text("folded", isElastic: true), .text("recounted", isElastic: true),
        ])
        for difference in differences {
            table.add(
                ["subject", "variant", "slice", "folded", "recounted"].map { ExperimentView.text(difference[$0]) }
            )
        }
        console.show(table)
    }
}
