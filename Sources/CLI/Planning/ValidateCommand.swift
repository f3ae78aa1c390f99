import ArgumentParser
import HooklinePrimitives
import HooklineStatistics

/// `hookline experiments validate`
struct ValidateCommand: LocalCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Counts how often something is said where nothing differs: on your own units, or on invented ones.",
        discussion: """
            With an id, the units of that experiment are dealt out anew, again and again. Each run is an experiment without a \
            difference, made of what your own viewers have done: the product's allocation, tests, plan and rules look at it as they \
            would at any other. Nothing is changed.

            Without one, invented viewers go through experiments in a database of their own, over the API; and then the \
            estimators are held against simulations: false alarms at a hundred looks, power, coverage, splits. That takes some \
            fifteen minutes.

            The exit status is 1 where a promise is broken.
            """
    )

    @Argument(help: "An experiment with at least 100 units; invented ones without it.")
    var id: String?

    @Option(help: ArgumentHelp("With an id: how often all units are dealt out, 50 to 2000.", valueName: "number"))
    var runs: Int?

    @Option(help: ArgumentHelp("With an id: how often each run is looked at, 1 to 100.", valueName: "number"))
    var looks: Int?

    @Flag(help: "Without an id: a few runs only, which show what is plainly broken and prove nothing.")
    var short = false

    @Option(help: ArgumentHelp("Another one draws otherwise.", valueName: "number"))
    var seed: UInt64 = 1

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func validate() throws {
        if id != nil, short {
            throw ValidationError("--short is for invented units; --runs says how many runs there are")
        }
        if id == nil, runs != nil || looks != nil {
            throw ValidationError("--runs and --looks are for an experiment's id")
        }
    }

    func run(_ console: Console) async throws {
        guard let id else { return try await runSimulations(console) }
        try await connection.withClient(ProcessEnvironment.variables) { try await run(id, $0, console) }
    }

    // MARK: On own units

    private func run(_ id: String, _ client: any Client, _ console: Console) async throws {
        let report = try await client.json(
            ClientRequest(
                .get,
                "experiments",
                id,
                "validation",
                query: [("runs", runs.map(String.init)), ("looks", looks.map(String.init)), ("seed", "\(seed)")]
            )
        )
        if output.format == .table { show(report, console) } else { console.show(report) }
        guard report["broken"]?.bool == false else { throw ExitCode.failure }
    }

    private func show(_ report: JSON, _ console: Console) {
        let number = { (name: String) in NumberText.whole(report[name]?.integer ?? 0) }
        console.line(
            "\(number("units")) units, dealt out \(number("runs")) times, looked at \(number("looks")) times each; nothing differs."
        )
        var table = Table([
            .text("said although nothing differs", isElastic: true), .number("times"), .number("rate"),
            .number("99 % interval"), .number("promise"), .text(""),
        ])
        for rate in report["rates"]?.array ?? [] {
            let isBroken = rate["broken"]?.bool == true
            let interval = [rate["interval"]?[0], rate["interval"]?[1]].map { Self.percent($0?.double) }
            table.add(
                [
                    Self.text(rate), NumberText.whole(rate["hits"]?.integer ?? 0), Self.percent(rate["rate"]?.double),
                    interval.joined(separator: " .. "), "at most \(Self.percent(rate["promise"]?.double))",
                    isBroken ? "BROKEN" : "ok",
                ],
                colour: isBroken ? .red : nil
            )
        }
        console.show(table)
    }

    private static func text(_ rate: JSON) -> String {
        let metric = rate["metric"]?.string ?? ""
        return switch rate["event"]?.string {
        case "anytime": "'\(metric)' differs at any look"
        case "planned": "the deciding metric differs at a read of the plan"
        case "sample_ratio": "the split is broken"
        case "ship": "a variant is to be shipped"
        case "roll_back": "a variant is to be rolled back"
        case "halt": "a guardrail is broken"
        default: ExperimentView.text(rate["event"])
        }
    }

    private static func percent(_ share: Double?) -> String {
        "\(NumberText.fixed(share.map { 100 * $0 }, digits: 1)) %"
    }

    // MARK: On invented units

    private func runSimulations(_ console: Console) async throws {
        var (count, broken) = (0, 0)
        func show(_ what: String, _ seen: String, _ bar: String, holds: Bool) {
            count += 1
            if !holds { broken += 1 }
            let mark = holds ? console.style(.green, "ok    ") : console.style(.red, "BROKEN")
            console.line("\(mark)  \(what): \(seen); \(bar)")
        }
        let synthetic = short ? SyntheticExperiments.short(seed: seed) : .full(seed: seed)
        for rate in try await AllocationPromises(seed: seed).rates() + synthetic.rates() {
            show(rate.what, rate.seen, rate.bar, holds: !rate.isBroken)
        }
        for await row in ValidityTable(short ? .short : .full, seed: seed).rows {
            show(row.what, row.seen, row.bar, holds: row.holds)
        }
        console.line("\(NumberText.count(count, "promise")), \(NumberText.whole(Int64(broken))) broken")
        if broken > 0 { throw ExitCode.failure }
    }
}
