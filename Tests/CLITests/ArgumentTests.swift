import ArgumentParser
import HooklineApp
import HooklinePrimitives
import Testing

@testable import HooklineCLI

@Suite struct ArgumentTests {
    private func parse<Command: ParsableCommand>(_ text: String, as type: Command.Type = Command.self) throws -> Command
    {
        try #require(try Hookline.parseAsRoot(text.split(separator: " ").map(String.init)) as? Command)
    }

    @Test func createsFromFlags() throws {
        let command = try parse(
            "experiments create hook-1 --name N --variant control --variant question --split control=0.25,question=0.75 "
                + "--metric shares --metric click_rate:proportion:click --metric watch:sum:watch:seconds --coverage 0.5 "
                + "--unit attribute:session --seed s --control question --dimension country --dimension app",
            as: CreateExperimentCommand.self
        )
        let expected: JSON = [
            "id": "hook-1", "name": "N", "variants": ["control", "question"],
            "split": ["control": 0.25, "question": 0.75],
            "metrics": [
                "shares", ["name": "click_rate", "kind": "proportion", "event": "click"],
                ["name": "watch", "kind": "sum", "event": "watch", "property": "seconds"],
            ],
            "coverage": 0.5, "unit": ["attribute": "session"], "seed": "s", "control": "question",
            "dimensions": ["country", "app"],
        ]
        #expect(JSON.object(try command.body()) == expected)
    }

    @Test func fillsInTheName() throws {
        let command = try parse("experiments create a --variant x --variant y", as: CreateExperimentCommand.self)
        #expect(try command.body()["name"] == "a")
    }

    @Test func hasDefaults() throws {
        let command = try parse("experiments import f.csv", as: ImportCommand.self)
        #expect(command.experiment == "experiment" && command.variant == "variant")
        #expect(command.trials == "trials" && command.successes == "successes")
        #expect(command.metric == "click_rate" && command.control == nil && command.separator == ",")
        let demo = try parse("demo", as: DemoCommand.self)
        #expect(demo.viewers == DemoPlan.defaultViewers && demo.seed == DemoPlan.defaultSeed)
        #expect(try parse("events send", as: SendEventsCommand.self).file == "-")
        #expect(try parse("experiments results", as: ResultsCommand.self).id == nil)
    }

    @Test(arguments: [
        "experiments create", "experiments create a --variant x", "experiments create a --file f --name n",
        "experiments create a --variant x --variant y --split x:1",
        "experiments create a --variant x --variant y --unit page",
        "experiments create a --variant x --variant y --metric m:sum", "experiments update a",
        "experiments observe a --variant v --metric m",
        "experiments observe a --variant v --metric m --value 1 --trials 2",
        "experiments observe a --variant v --metric m --trials 2",
        "experiments observe a --variant v --metric m --value nan",
        "experiments allocate a", "experiments allocate a --attribute x", "experiments results a --state running",
        "experiments results --format xml", "experiments import", "experiments import f --separator ab",
        "experiments list --server http://a --database sqlite:b", "experiments list --server ftp://a",
        "experiments list --key a --key-file b", "experiments list --key a --database sqlite:b", "keys create --name a",
        "keys create --name a --scope owner", "demo --viewers 3", "demo --seconds -1", "experiments list --state done",
    ]) func refuses(_ text: String) throws {
        let error = #expect(throws: (any Error).self) {
            try Hookline.parseAsRoot(text.split(separator: " ").map(String.init))
        }
        #expect(try Hookline.exitCode(for: #require(error)) == .validationFailure)
    }

    @Test(
        arguments: [
            ("a=0.5,b=0.5", 2), ("a=b=1", 1), ("a", nil), ("=1", nil), ("a=x", nil), ("a=1,", nil), ("a=1,a=2", nil),
            ("a=inf", nil), ("", nil),
        ] as [(String, Int?)]
    ) func readsSplits(_ text: String, _ count: Int?) {
        #expect(SplitArgument(argument: text)?.shares.count == count)
    }

    @Test func observesCounts() throws {
        let command = try parse(
            "experiments observe a --variant v --metric m --trials 10 --successes 3 --id x",
            as: ObserveCommand.self
        )
        #expect(command.id == "a")
        #expect(command.body == ["variant": "v", "metric": "m", "trials": 10, "successes": 3, "id": "x"])
    }

    // MARK: - Where requests go

    private func target(_ text: String, _ environment: [String: String] = [:]) throws -> String {
        let command = try parse("keys list \(text)", as: ListKeysCommand.self)
        switch try command.connection.target(environment) {
        case .server(let address, let key): return "\(address.text) \(key)"
        case .database(let configuration): return "\(configuration.database)"
        }
    }

    @Test func choosesServerOrDatabase() throws {
        let environment = ["HOOKLINE_SERVER": "http://e", "HOOKLINE_KEY": "k", "HOOKLINE_DATABASE": "sqlite:e.db"]
        #expect(try target("") == "sqlite:\(HooklineConfiguration.defaultDataFolder)/hookline.db")
        #expect(try target("--data d") == "sqlite:d/hookline.db")
        #expect(try target("", ["HOOKLINE_DATABASE": "sqlite:e.db"]) == "sqlite:e.db")
        #expect(try target("", environment) == "http://e k")
        #expect(try target("--database sqlite:f.db", environment) == "sqlite:f.db")
        #expect(try target("--server http://s --key j", environment) == "http://s j")
        #expect(throws: ClientError.keyMissing(place: "http://s")) { try target("--server http://s") }
        #expect(throws: ClientError.self) { try target("--key k") }
    }
}
