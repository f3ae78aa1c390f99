import ArgumentParser
import HooklinePrimitives
import Testing

@testable import HooklineCLI

/// Commands that tell what an experiment would need and show.
@Suite struct PlanningTests {
    private func run<Command: LocalCommand>(_ command: Command.Type, _ arguments: String) async throws -> String {
        let console = RecordingConsole()
        let parsed = try Command.parse(arguments.split(separator: " ").map(String.init))
        try await parsed.run(console.console)
        return console.output
    }

    /// By hand, without pooling: n = (z_0.975 + z_0.8)^2 (0.1 0.9 + 0.12 0.88) / 0.02^2 = 3838.1
    /// an arm.
    @Test func plansAProportion() async throws {
        let json = try JSON.parse(
            try await run(PlanCommand.self, "--baseline 0.1 --effect 0.2 --per-day 2000 --analyses 2 --json")
        )
        let modes = try #require(json["modes"]?.array)
        #expect(modes.count == 3)
        #expect(modes[0]["units"] == 7678 && modes[0]["control_units"] == 3839 && modes[0]["days"] == 4)
        #expect(modes[0]["expected_units"] == .null)
        // More at the most, and fewer on average.
        let (sequential, anytime) = (try #require(modes[1]["units"]?.integer), try #require(modes[2]["units"]?.integer))
        #expect(sequential > 7678 && sequential < 7900 && anytime > 10_000 && anytime < 13_000)
        #expect(try #require(modes[1]["expected_units"]?.double) < 7678)
    }

    @Test func printsAPlanThatCreateTakes() async throws {
        let text = try await run(PlanCommand.self, "--mean 20 --sd 30 --effect 0.05 --analyses 4")
        #expect(text.contains("once, at the end") && text.contains("at 4 planned analyses"))
        let plan = try #require(text.split(separator: "--plan ").last.map { String($0).trimmed })
        let json = try #require(PlanArgument(argument: plan)?.json)
        #expect(json["analyses"] == 4 && json["minimum_effect"] == 0.05 && (json["units"]?.integer ?? 0) > 28_000)
    }

    @Test(arguments: [
        ("--effect 0.1", "--baseline"), ("--baseline 0.1 --mean 3 --effect 0.1", "--baseline"),
        ("--mean 3 --effect 0.1", "--sd"), ("--baseline 1.2 --effect 0.1", "--baseline"),
        ("--baseline 0.1 --effect 0", "--effect"), ("--baseline 0.5 --effect 1", "--effect"),
        ("--baseline 0.1 --effect 0.1 --power 0.01", "--power"), ("--baseline 0.1 --effect 0.1 --alpha 0", "--alpha"),
        ("--baseline 0.1 --effect 0.1 --analyses 21", "--analyses"),
        ("--baseline 0.1 --effect 0.1 --per-day 0", "--per-day"),
        ("--baseline 0.1 --effect 0.1 --control-share 1", "--control-share"),
    ])
    func namesWhatIsWrong(arguments: String, flag: String) async throws {
        let error = await #expect(throws: (any Error).self) { try await run(PlanCommand.self, arguments) }
        let message = PlanCommand.message(for: try #require(error))
        #expect(message.contains(flag))
        #expect(["accepted", "give", "belong"].contains { message.contains($0) })
    }

    @Test func simulatesWhatLookingDoes() async throws {
        let arguments = "--baseline 0.2 --units 400 --looks 20 --runs 150 --json"
        let nothing = try JSON.parse(try await run(SimulateCommand.self, arguments))
        let found = { (json: JSON, reading: Int) in json["readings"]?[reading]?["found"]?.integer ?? -1 }
        // Of 150 without an effect: once 5 %, at any look at most that, with the wrong p-value about a fifth.
        #expect(found(nothing, 0) <= 17 && found(nothing, 1) <= 17 && found(nothing, 2) > 17)
        let great = try JSON.parse(try await run(SimulateCommand.self, arguments + " --effect 1"))
        #expect(found(great, 0) > 130 && found(great, 1) > 120)
        let lift = try #require(great["readings"]?[1]?["mean_lift_when_found"]?.double)
        #expect(lift > 90)
    }

    @Test(arguments: [
        ("--baseline 0 --units 400", "--baseline"), ("--baseline 0.6 --effect 1 --units 400", "--baseline"),
        ("--baseline 0.1 --units 3", "--units"), ("--baseline 0.1 --units 400 --looks 0", "--looks"),
        ("--baseline 0.1 --units 400 --runs 1", "--runs"),
        ("--baseline 0.1 --units 400 --control-share 0", "--control-share"),
    ])
    func simulatesOnlyWhatCanBe(arguments: String, flag: String) async throws {
        let error = await #expect(throws: (any Error).self) { try await run(SimulateCommand.self, arguments) }
        #expect(SimulateCommand.message(for: try #require(error)).contains(flag))
    }

    @Test func readsPlansAsFlags() {
        #expect(
            PlanArgument(argument: "units=20000, analyses=4,minimum_effect=0.05,metric=clicked")?.json
                == ["units": 20000, "analyses": 4, "minimum_effect": 0.05, "metric": "clicked"]
        )
        for text in ["", "units", "units=", "=3", "units=1,units=2"] { #expect(PlanArgument(argument: text) == nil) }
    }
}
