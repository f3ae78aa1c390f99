import ArgumentParser
import HooklinePrimitives
import HooklineStatistics

/// `hookline experiments simulate`
struct SimulateCommand: LocalCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Shows what you would see of an effect, with so many units and looks.",
        discussion: """
            Conversions of two arms are drawn again and again. Without an effect, it shows how often each way of looking is \
            misled; with one, how often it finds it, and by how much those that were found are exaggerated.
            """
    )

    @Option(help: ArgumentHelp("The share of units that convert under control.", valueName: "share"))
    var baseline: Double

    @Option(
        help: ArgumentHelp("The change under the treatment, as a share of control; 0 for none.", valueName: "share")
    )
    var effect = 0.0

    @Option(help: ArgumentHelp("How many units both arms get together.", valueName: "count"))
    var units: Int

    @Option(help: ArgumentHelp("How often somebody looks, at equal distances.", valueName: "count"))
    var looks = 20

    @Option(help: ArgumentHelp("The control's share of the units.", valueName: "share"))
    var controlShare = 0.5

    @Option(help: ArgumentHelp("How many experiments are simulated.", valueName: "count"))
    var runs = 500

    @Option(help: ArgumentHelp("Another one draws other units.", valueName: "number"))
    var seed: UInt64 = 1

    @OptionGroup var output: OutputOptions

    func validate() throws {
        let rates = 0.0001...0.9999
        guard rates.contains(baseline), rates.contains(baseline * (1 + effect)) else {
            throw ValidationError(
                "--baseline is \(baseline), with the effect \(baseline * (1 + effect)); accepted are 0.0001 to 0.9999"
            )
        }
        for (name, value, accepted) in [
            ("--units", units, 40...1_000_000), ("--looks", looks, 1...1_000), ("--runs", runs, 10...100_000),
        ] where !accepted.contains(value) {
            throw ValidationError("\(name) is \(value); accepted are \(accepted.lowerBound) to \(accepted.upperBound)")
        }
        guard controlShare >= 0.01, controlShare <= 0.99 else {
            throw ValidationError("--control-share is \(controlShare); accepted are 0.01 to 0.99")
        }
    }

    /// How somebody reads.
    enum Reading: String, CaseIterable {
        case once = "once, at the end"
        case anytime = "at any look, with the intervals for that"
        case peeking = "at any look, with the p-value for one"
    }

    func run(_ console: Console) async throws {
        let population = Population(.conversion(rate: baseline))
        let test = SimulatedTest(
            population,
            treatment: population.scaled(by: 1 + effect),
            units: units,
            controlShare: controlShare,
            looks: looks
        )
        let found = await found(by: test)
        if output.format == .json { return console.show(.object(json(found))) }
        var table = Table([
            .text("read"), .number("found"), .number("of them wrong side"), .number("units when found"),
            .number("lift when found"),
        ])
        for (reading, finds) in found {
            let count = finds.count
            table.add([
                reading.rawValue, "\(NumberText.fixed(100 * Double(count) / Double(runs), digits: 1)) %",
                effect == 0 || count == 0 ? "-" : "\(finds.count { $0.lift * effect < 0 })",
                count == 0 ? "-" : NumberText.whole(finds.reduce(0) { $0 + $1.units } / Int64(count)),
                count == 0 ? "-" : NumberText.change(percent: finds.reduce(0) { $0 + $1.lift } / Double(count)),
            ])
        }
        console.show(table)
        console.line()
        let truth = effect == 0 ? "nothing to be found" : "a lift of \(NumberText.change(percent: effect * 100))"
        console.line("\(NumberText.count(runs, "experiment")) were simulated; in truth there was \(truth).")
    }

    private struct Find {
        let units: Int64
        /// In percent.
        let lift: Double
    }

    private func found(by test: SimulatedTest) async -> [(Reading, [Find])] {
        var found = Dictionary(uniqueKeysWithValues: Reading.allCases.map { ($0, [Find]()) })
        var seeds = SplitMix64(seed: seed)
        for _ in 0..<runs {
            var unseen = Set(Reading.allCases)
            test.run(seed: seeds.next()) { look in
                let single = try? WelchTest.compare(control: look.control, treatment: look.treatment).get()
                let all = try? AnytimeTest.compare(
                    control: look.control,
                    treatment: look.treatment,
                    boundary: look.boundary
                ).get()
                let find = Find(units: look.control.count + look.treatment.count, lift: single?.lift.percent ?? 0)
                let isSignificant: [Reading: Bool] = [
                    .once: look.isLast && single?.isSignificant == true, .anytime: all?.isSignificant == true,
                    .peeking: single?.isSignificant == true,
                ]
                for reading in unseen where isSignificant[reading] == true {
                    found[reading]?.append(find)
                    unseen.remove(reading)
                }
                return !unseen.isEmpty
            }
        }
        return Reading.allCases.map { ($0, found[$0] ?? []) }
    }

    private func json(_ found: [(Reading, [Find])]) -> JSONObject {
        [
            "runs": JSON(runs),
            "readings": .array(
                found.map { reading, finds in
                    let mean = { (value: (Find) -> Double) in
                        finds.isEmpty ? nil : finds.reduce(0) { $0 + value($1) } / Double(finds.count)
                    }
                    return [
                        "read": .string(reading.rawValue), "found": JSON(finds.count),
                        "mean_units_when_found": JSON(mean { Double($0.units) }),
                        "mean_lift_when_found": JSON(mean(\.lift)),
                    ]
                }
            ),
        ]
    }
}
