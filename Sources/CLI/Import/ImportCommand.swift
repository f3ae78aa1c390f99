import ArgumentParser
import HooklinePrimitives

/// `hookline experiments import`
struct ImportCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Imports experiments that were run elsewhere from a CSV file.",
        discussion: """
            A record is an arm of an experiment: how often it was tried, and how often it succeeded. Importing a file \
            twice is the same as importing it once.

            hookline experiments import examples/hooks.csv --variant-name hook
            hookline experiments import packages.csv --experiment test_id --trials impressions --successes clicks \
            --variant-name headline --control package_0
            """
    )

    @Argument(help: "The file; - reads the input.", completion: .file(extensions: ["csv"]))
    var file: String

    @Option(help: ArgumentHelp("The column with the experiment's id.", valueName: "column"))
    var experiment = ImportColumns().experiment

    @Option(help: ArgumentHelp("The column with the variant's key.", valueName: "column"))
    var variant = ImportColumns().variant

    @Option(help: ArgumentHelp("The column with the number of trials: impressions, views.", valueName: "column"))
    var trials = ImportColumns().trials

    @Option(help: ArgumentHelp("The column with the number of successes: clicks, shares.", valueName: "column"))
    var successes = ImportColumns().successes

    @Option(help: ArgumentHelp("The column with the experiment's name.", valueName: "column"))
    var name: String?

    @Option(help: ArgumentHelp("The column with what the variant was; goes into the description.", valueName: "column"))
    var variantName: String?

    @Option(help: ArgumentHelp("What the successes are called.", valueName: "name"))
    var metric = "click_rate"

    @Option(
        help: ArgumentHelp(
            "The variant that the others are compared with; the one named 'control', or the first, without it.",
            valueName: "key"
        )
    )
    var control: String?

    @Option(help: ArgumentHelp("What separates the fields: one character, or 'tab'.", valueName: "character"))
    var separator = ","

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func validate() throws {
        guard separatorByte != nil else {
            throw ValidationError("--separator is '\(separator)'; accepted is one character such as ; or 'tab'")
        }
    }

    private var separatorByte: UInt8? {
        if separator == "tab" { return UInt8(ascii: "\t") }
        guard let byte = separator.utf8.first, separator.utf8.count == 1, byte != UInt8(ascii: "\""),
            byte > 0x20 || byte == 0x09
        else { return nil }
        return byte
    }

    private var columns: ImportColumns {
        ImportColumns(
            experiment: experiment,
            variant: variant,
            trials: trials,
            successes: successes,
            name: name,
            variantName: variantName
        )
    }

    func run(_ client: any Client, _ console: Console) async throws {
        let start = ContinuousClock.now
        let sheet = try readSheet(console)
        let plan = ImportPlan(sheet)
        var tally = ImportTally()
        tally.add(plan.refused)
        let retry = Retry()
        for (experiments, body) in plan.requests(metric: metric, control: control) {
            console.progress(
                "Importing \(NumberText.whole(experiments.endIndex)) of \(NumberText.whole(plan.accepted.count))"
            )
            var request = ClientRequest(.post, "experiments", "import")
            (request.body, request.contentType) = (body, ClientRequest.jsonType)
            let answer = try await retry.succeed(request, by: client)
            try tally.add(try answer.json(from: client.place), from: client.place)
        }
        console.progress("Waiting until everything is counted")
        let isCounted = try await waitUntilCounted(tally, client)
        let results = try await ResultsPages.all(of: client, metric: metric, state: .concluded)
            .filter { tally.present.contains(Identifier(unchecked: $0.id)) }
        console.endProgress()
        let summary = ImportSummary(
            sheet: sheet,
            tally: tally,
            results: AdjustedResults(results),
            metric: metric,
            took: ContinuousClock.now - start,
            isCounted: isCounted
        )
        summary.show(as: output.format, on: console)
        // Something is there, or was before: what was refused has been said.
        if tally.present.isEmpty { throw ExitCode.failure }
    }

    private func readSheet(_ console: Console) throws -> ImportSheet {
        let input = try InputFile(file)
        var sheet = ImportSheet(columns)
        do {
            var reader = CSVReader(separator: separatorByte ?? UInt8(ascii: ","))
            while case let bytes = try input.read(), !bytes.isEmpty {
                try reader.read(bytes) { try sheet.add($0) }
            }
            try reader.finish { try sheet.add($0) }
            try sheet.checkNotEmpty()
        } catch let error as CSVError {
            let all = sheet.problems + (sheet.problems.count < ImportSheet.maximumProblems ? [error] : [])
            throw ClientError.unusable(Self.told(all, input.name))
        }
        guard sheet.problems.isEmpty else { throw ClientError.unusable(Self.told(sheet.problems, input.name)) }
        return sheet
    }

    private static func told(_ problems: [CSVError], _ name: String) -> String {
        problems.map { "\(name), \($0)" }.joined(separator: "; ") + ". Nothing was imported."
    }

    /// How long an import may take to be counted before the summary is shown without it.
    private static let maximumWaitSeconds = 300
    private static let waitPerRequestMilliseconds = 10_000

    private func waitUntilCounted(_ tally: ImportTally, _ client: any Client) async throws -> Bool {
        guard let last = tally.lastImported else { return true }
        let deadline = ContinuousClock.now + .seconds(Self.maximumWaitSeconds)
        while ContinuousClock.now < deadline {
            // Results of concluded experiments are complete once the fold has passed their end.
            let query: [(name: String, value: String?)] = [("wait_ms", "\(Self.waitPerRequestMilliseconds)")]
            let request = ClientRequest(.get, "experiments", last, "results", query: query)
            if try await client.json(request)["complete"]?.bool ?? true { return true }
        }
        return false
    }
}
