import ArgumentParser
import HooklinePrimitives
import HooklineStatistics

/// `hookline experiments plan`
struct PlanCommand: LocalCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Tells how many units an experiment needs, and how many days.",
        discussion: """
            For two arms, one of them control. Reading more often costs units at the most, and saves them where there is \
            something to be found: then it ends earlier on average.
            """
    )

    @OptionGroup var metric: PlannedMetricOptions

    @Option(help: "The chance that the effect is found if it is there.")
    var power = 0.8

    @Option(help: ArgumentHelp("How often a group-sequential plan reads, the end included.", valueName: "count"))
    var analyses = 4

    @Option(help: ArgumentHelp("How many units enter in a day.", valueName: "count"))
    var perDay: Double?

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (2...20).contains(analyses) else {
            throw ValidationError("--analyses is \(analyses); accepted are 2 to 20")
        }
        if let perDay, !(perDay > 0 && perDay < .infinity) {
            throw ValidationError("--per-day is \(perDay); accepted is a number above 0")
        }
    }

    private struct Line {
        let name: String
        let size: SampleSize
        let days: Int?
    }

    func run(_ console: Console) async throws {
        let lines: [Line]
        do throws(PowerInputError) {
            lines = try self.lines()
        } catch {
            throw ValidationError(error.flag)
        }
        if output.format == .json { return console.show(json(lines)) }
        var table = Table([
            .text("read"), .number("units at the end"), .number("control"), .number("treatment"),
            .number("units on average"), .number("days"),
        ])
        for line in lines {
            table.add([
                line.name, NumberText.whole(Int64(line.size.totalUnits)),
                NumberText.whole(Int64(line.size.controlUnits)),
                NumberText.whole(Int64(line.size.treatmentUnits)),
                line.size.expectedUnits.map { NumberText.whole(Int64($0.rounded(.up))) } ?? "-",
                line.days.map { NumberText.whole(Int64($0)) } ?? "-",
            ])
        }
        console.show(table)
        console.line()
        let units = lines[1].size.totalUnits
        console.line("A plan for it: --plan units=\(units),analyses=\(analyses),minimum_effect=\(abs(metric.effect))")
    }

    private func lines() throws(PowerInputError) -> [Line] {
        var lines: [Line] = []
        for (name, mode) in metric.modes(analyses: analyses) {
            let size = try metric.analysis(mode).sampleSize(for: .difference(.relative(metric.effect)), power: power)
            let days = perDay.flatMap { SampleSize.remainingDays(needed: size.totalUnits, have: 0, perDay: $0) }
            lines.append(Line(name: name, size: size, days: days))
        }
        return lines
    }

    private func json(_ lines: [Line]) -> JSON {
        [
            "modes": .array(
                lines.map { line in
                    [
                        "read": .string(line.name), "units": JSON(line.size.totalUnits),
                        "control_units": JSON(line.size.controlUnits),
                        "treatment_units": JSON(line.size.treatmentUnits),
                        "expected_units": JSON(line.size.expectedUnits), "days": JSON(line.days),
                    ]
                }
            )
        ]
    }
}
