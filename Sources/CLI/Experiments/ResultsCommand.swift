import ArgumentParser
import HooklinePrimitives

/// `hookline experiments results`
struct ResultsCommand: ClientCommand {
    enum Format: String, CaseIterable, ExpressibleByArgument, Sendable { case table, json, csv }

    static let configuration = CommandConfiguration(
        commandName: "results",
        abstract: "Shows the results of one experiment, or of all.",
        discussion: """
            What is said to hold at any look may be read as often as one likes. p and its interval are there when the \
            experiment is read as it was planned, or is concluded.

            Whoever looks at twenty comparisons finds one below 5 % where nothing differs. So each p-value stands there \
            twice: alone, and adjusted across a family of comparisons. A decision adjusts the variants of the deciding metric \
            by itself (Holm).
            """
    )

    @Argument(help: "The experiment's id; all without it.")
    var id: String?

    @Option(help: ArgumentHelp("Only this metric.", valueName: "name"))
    var metric: String?

    @Option(help: ArgumentHelp("Also for the units of each value of this dimension.", valueName: "name"))
    var dimension: String?

    @Flag(help: "Also count units whose windows are still open.")
    var includeOpen = false

    @Flag(help: "Say that this is the one moment that was fixed, before anybody saw a result, to read the results.")
    var plannedRead = false

    @Option(help: "How p-values are adjusted: benjamini-hochberg (false discoveries) or holm (any false one).")
    var adjustment = Adjustment.Method.benjaminiHochberg

    @Option(
        help: "What is adjusted together: listed (all that is listed), goals (of all), or experiment (each for itself)."
    )
    var family = Adjustment.Family.listed

    @Option(help: "Of all: only those that are draft, running, paused or concluded.")
    var state: StateArgument?

    @Option(
        name: .customLong("format"),
        help: "table, json (what the server answered, with adjusted p-values) or csv."
    )
    var chosen = Format.table

    @Flag(help: "The same as --format json.")
    var json = false

    private var format: Format { json ? .json : chosen }

    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func validate() throws {
        if id != nil, state != nil { throw ValidationError("--state is for all experiments, not for one") }
        if id == nil, dimension != nil { throw ValidationError("--dimension is for one experiment, not for all") }
    }

    func run(_ client: any Client, _ console: Console) async throws {
        let results: [ExperimentResult]
        if let id {
            let request = ClientRequest(
                .get,
                "experiments",
                id,
                "results",
                query: [
                    ("metric", metric), ("dimension", dimension), ("include_open", includeOpen ? "true" : nil),
                    ("planned_read", plannedRead ? "true" : nil),
                ]
            )
            results = [try ExperimentResult(try await client.json(request), from: client.place)]
        } else {
            results = try await ResultsPages.all(
                of: client,
                metric: metric,
                includesOpen: includeOpen,
                isPlannedRead: plannedRead,
                state: state
            )
        }
        let adjusted = AdjustedResults(results, Adjustment(method: adjustment, family: family))
        if results.contains(where: { !$0.isComplete }) {
            console.note("Not everything that was sent is counted yet; ask again in a moment.")
        }
        switch format {
        case .csv: ResultsCSV.show(adjusted, on: console)
        case .json where id == nil: console.show(adjusted.list)
        case .json:
            var object = adjusted.items.first?.object ?? [:]
            object["adjustment"] = adjusted.adjustmentJSON
            console.show(.object(object))
        case .table:
            if id != nil, let result = adjusted.results.first {
                ResultsTable.show(result, of: adjusted, on: console)
            } else {
                ResultsTable.show(adjusted, on: console)
            }
        }
    }
}

/// The results of all experiments, page after page.
enum ResultsPages {
    static func all(
        of client: any Client,
        metric: String? = nil,
        includesOpen: Bool = false,
        isPlannedRead: Bool = false,
        state: StateArgument? = nil
    ) async throws -> [ExperimentResult] {
        let items = try await client.allItems { cursor in
            ClientRequest(
                .get,
                "results",
                query: [
                    ("limit", "\(Paging.itemsPerPage)"), ("cursor", cursor), ("metric", metric),
                    ("include_open", includesOpen ? "true" : nil), ("planned_read", isPlannedRead ? "true" : nil),
                    ("state", state?.rawValue),
                    // The first page has waited for what was sent before; later ones need not.
                    ("wait_ms", cursor == nil ? nil : "0"),
                ]
            )
        }
        var results: [ExperimentResult] = []
        for item in items { results.append(try ExperimentResult(item, from: client.place)) }
        return results
    }
}
