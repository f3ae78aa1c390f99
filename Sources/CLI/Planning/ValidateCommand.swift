import ArgumentParser
import HooklineStatistics

/// `hookline experiments validate`
struct ValidateCommand: LocalCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Holds the statistics against simulations, and prints what was promised and what was seen.",
        discussion: """
            Tests without a difference, looked at a hundred times, must be called significant in at most 5 % of all runs; what \
            is there must be found, intervals must cover, and splits must be judged. The full table takes some ten minutes. \
            The exit status is 1 where a promise is broken.
            """
    )

    @Flag(help: "A few runs only, which show what is plainly broken and prove nothing.")
    var short = false

    @Option(help: ArgumentHelp("Another one draws other units.", valueName: "number"))
    var seed: UInt64 = 1

    func run(_ console: Console) async throws {
        var (count, broken) = (0, 0)
        for await row in ValidityTable(short ? .short : .full, seed: seed).rows {
            count += 1
            if !row.holds { broken += 1 }
            let mark = row.holds ? console.style(.green, "ok    ") : console.style(.red, "BROKEN")
            console.line("\(mark)  \(row.what): \(row.seen); \(row.bar)")
        }
        console.line("\(NumberText.count(count, "promise")), \(NumberText.whole(Int64(broken))) broken")
        if broken > 0 { throw ExitCode.failure }
    }
}
