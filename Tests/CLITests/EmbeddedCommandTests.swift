import ArgumentParser
import Foundation
import HooklineApp
import HooklinePrimitives
import Testing

@testable import HooklineCLI

/// Commands on a database of their own, through the same requests that go over the network.
@Suite struct EmbeddedCommandTests {
    private func withFolder(_ body: (String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("hookline-cli-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(folder.path)
    }

    private func withClient(_ body: (any Client, String) async throws -> Void) async throws {
        try await withFolder { folder in
            var configuration = HooklineConfiguration()
            configuration.database = .sqlite(path: "\(folder)/test.db")
            let client = try await EmbeddedClient(configuration)
            do {
                try await body(client, folder)
            } catch {
                try? await client.close()
                throw error
            }
            try await client.close()
        }
    }

    /// Runs a command; answers its output, its error output, and the error that it ended with.
    @discardableResult
    private func run(_ arguments: [String], _ client: any Client) async throws -> (output: String, errors: String) {
        let console = RecordingConsole()
        let command = try #require(try Hookline.parseAsRoot(arguments) as? any ClientCommand)
        try await command.run(client, console.console)
        return (console.output, console.errors)
    }

    private let hooks = """
        experiment,variant,trials,successes,hook
        first,control,1000,100,Hook A
        second,control,5000,500,"Hook, with a comma"
        first,question,1010,160,Hook B
        alone,control,10,1,Hook C
        second,question,5000,505,"Hook
        on two lines"
        uneven,control,9000,900,A
        uneven,question,8000,820,B
        wrong,a,100,10,A
        wrong,b,100,12,B

        """

    @Test func importsTwice() async throws {
        try await withClient { client, folder in
            let path = "\(folder)/hooks.csv"
            try hooks.write(toFile: path, atomically: true, encoding: .utf8)
            let arguments = ["experiments", "import", path, "--variant-name", "hook", "--control", "control"]

            let first = try await run(arguments, client)
            #expect(first.output.hasPrefix("9 records of 5 experiments: 3 imported, 0 unchanged, 2 refused, in "))
            #expect(first.errors.contains("refused alone: line 5: has one arm only, 'control'"))
            #expect(first.errors.contains("refused wrong: control 'control' is no variant"))
            let summary = try JSON.parse(try await run(arguments + ["--format", "json"], client).output)
            #expect(summary["imported"] == 0 && summary["unchanged"] == 3)
            #expect(summary["tests"] == 3 && summary["significant"] == 1 && summary["significant_adjusted"] == 1)
            #expect(summary["sample_ratio_mismatches"] == 1 && summary["complete"] == true)
            #expect(summary["refused"]?.array?.count == 2)

            let second = try await run(["experiments", "get", "second"], client)
            #expect(second.output.contains("control: Hook, with a comma question: Hook on two lines"))
            let csv = try await run(["experiments", "results", "--format", "csv"], client).output
            #expect(csv.split(separator: "\r\n").count == 7)
            #expect(csv.contains("first,first,concluded,1,true,click_rate,observation,question,false,1010,"))
        }
    }

    @Test func importsNothingOfAFileWithAMistake() async throws {
        try await withClient { client, folder in
            let path = "\(folder)/bad.csv"
            try (hooks + "late,a,x,1,A\n").write(toFile: path, atomically: true, encoding: .utf8)
            let problem =
                "\(path), line 12: column 'trials' is 'x'; accepted is a whole number from 0 on. Nothing was imported."
            await #expect(throws: ClientError.unusable(problem)) {
                try await run(["experiments", "import", path], client)
            }
            #expect(try await run(["experiments", "list"], client).output == "There are no experiments.\n")
        }
    }

    @Test func runsAnExperiment() async throws {
        try await withClient { client, folder in
            let create = "experiments create hook-1 --name Hooks --variant control --variant question --metric rate"
            try await run(create.split(separator: " ").map(String.init), client)
            #expect(try await run(["experiments", "start", "hook-1"], client).output.contains("running"))
            for (variant, successes) in [("control", "31"), ("question", "64")] {
                let observe = ["experiments", "observe", "hook-1", "--variant", variant, "--metric", "rate"]
                let counts = ["--trials", "1000", "--successes", successes, "--id", variant]
                #expect(try await run(observe + counts, client).output == "Accepted.\n")
                #expect(try await run(observe + counts, client).output.hasPrefix("Counted before"))
            }
            #expect(
                try await run(["experiments", "allocate", "hook-1", "--user", "v"], client).output.contains("allocated")
            )
            let results = try await run(
                ["experiments", "results", "hook-1", "--metric", "rate", "--planned-read"],
                client
            )
            .output
            #expect(results.contains("+106.5 %") && results.contains("across 1 test"))
            let json = try JSON.parse(
                try await run(
                    ["experiments", "results", "hook-1", "--format", "json", "--planned-read"],
                    client
                ).output
            )
            #expect(json["adjustment"]?["tests"] == 1)
            #expect(json["metrics"]?[0]?["variants"]?[1]?["p_value_adjusted"]?.double != nil)
            try await run(["experiments", "update", "hook-1", "--name", "Other"], client)
            try await run(["experiments", "pause", "hook-1"], client)
            let concluded = try await run(["experiments", "conclude", "hook-1", "--winner", "question"], client).output
            #expect(concluded.contains("Other") && concluded.contains("winner"))
            #expect(try await run(["experiments", "list", "--state", "concluded"], client).output.contains("hook-1"))
            await #expect(throws: ClientError.self) { try await run(["experiments", "start", "hook-1"], client) }

            let path = "\(folder)/definition.json"
            try #"{"name":"From a file","variants":["a","b"]}"#.write(toFile: path, atomically: true, encoding: .utf8)
            let made = try await run(["experiments", "create", "other", "--file", path, "--format", "json"], client)
                .output
            #expect(try JSON.parse(made)["id"] == "other")
        }
    }

    @Test func sendsEvents() async throws {
        try await withClient { client, folder in
            let path = "\(folder)/events.ndjson"
            var lines = (0..<2500).map { #"{"id":"e\#($0)","type":"click","user_id":"v"}"# }
            lines.insert("", at: 3)
            try lines.joined(separator: "\r\n").write(toFile: path, atomically: true, encoding: .utf8)
            #expect(
                try await run(["events", "send", path], client).output == "2,500 accepted, 0 duplicates, 0 rejected\n"
            )
            #expect(
                try await run(["events", "send", path], client).output == "0 accepted, 2,500 duplicates, 0 rejected\n"
            )
            try "{\"type\":\"a\",\"user_id\":\"v\"}\n\n{broken\n".write(toFile: path, atomically: true, encoding: .utf8)
            let console = RecordingConsole()
            let command = try #require(try Hookline.parseAsRoot(["events", "send", path]) as? SendEventsCommand)
            await #expect(throws: (any Error).self) { try await command.run(client, console.console) }
            #expect(console.output == "1 accepted, 0 duplicates, 1 rejected\n")
            #expect(console.errors.hasPrefix("line 3: is no JSON"))
        }
    }

    @Test func makesAndRevokesKeys() async throws {
        try await withClient { client, _ in
            let key = try await run(["keys", "create", "--name", "app", "--scope", "client"], client)
            #expect(key.output.hasPrefix("hk_") && key.output.split(separator: "\n").count == 1)
            let id = String(key.output.split(separator: "_")[1])
            #expect(try await run(["keys", "list"], client).output.contains("app"))
            #expect(try await run(["keys", "revoke", id], client).output == "Revoked \(id).\n")
            await #expect(throws: ClientError.self) { try await run(["keys", "revoke", id], client) }
        }
    }

    @Test func demonstratesTwice() async throws {
        try await withClient { client, _ in
            // So few viewers decide nothing; what is tested is that the machinery runs, again and under fresh names.
            for suffix in ["", "-2"] {
                let console = RecordingConsole()
                let arguments = ["demo", "--viewers", "400", "--seconds", "0", "--seed", "3"]
                let command = try #require(try Hookline.parseAsRoot(arguments) as? DemoCommand)
                do {
                    try await command.run(client, console.console)
                } catch {
                    #expect(console.output.contains("NOT AS EXPECTED"), "\(error)")
                }
                #expect(console.output.hasPrefix("SIMULATION: 1,200 invented viewers"))
                #expect(console.output.contains("demo-split\(suffix)"))
                let state = try await client.json(ClientRequest(.get, "experiments", "demo-hook\(suffix)"))["state"]
                #expect(state == "concluded")
            }
        }
    }

    @Test func featuresAreWrittenShownAndDeleted() async throws {
        try await withClient { client, folder in
            func file(_ name: String, _ text: String) throws -> String {
                try text.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
                return "\(folder)/\(name)"
            }
            let group = try file("group.json", #"["DE", "AT"]"#)
            let rule = #"{"condition": {"country": {"$inGroup": "dach"}}, "force": "new"}"#
            let feature = try file("feature.json", #"{"defaultValue": "old", "rules": [\#(rule)]}"#)
            let put = try await run(["saved-groups", "put", "dach", group], client)
            #expect(put.output.contains("version  1"))
            try await run(["features", "put", "player", feature], client)
            let list = try await run(["features", "list"], client).output
            #expect(list.contains(#""old", 1 rule"#))
            #expect(try await run(["saved-groups"], client).output.contains("2 values"))
            try await run(["features", "put", "player", try file("other.json", #"{"defaultValue": 1}"#)], client)
            let first = try await run(["features", "get", "player", "--version", "1", "--json"], client).output
            #expect(try JSON.parse(first)["definition"]?["defaultValue"] == "old")
            try await run(["features", "delete", "player"], client)
            try await run(["saved-groups", "delete", "dach"], client)
            let versions = try await run(["features", "versions", "player"], client).output
            #expect(versions.contains("deleted") && versions.contains("in-process"))
            await #expect(throws: ClientError.self) { try await run(["features", "get", "player"], client) }
        }
    }

    @Test func featuresComeOverFromGrowthBook() async throws {
        try await withClient { client, folder in
            let rule = #"{"key":"t","variations":[1,2],"hashVersion":2,"seed":"s","meta":[{"key":"0"},{"key":"1"}]}"#
            let definition = JSON.string(#"{"defaultValue":1,"rules":[\#(rule)]}"#).text
            let json = """
                {"features": [{"id": "f", "environments": {"production": {"definition": \(definition)}}}],
                "experiments": [{"trackingKey": "t", "name": "T", "status": "running", "phases": [{"seed": "s"}],
                "hashAttribute": "id", "variations": [{"key": "0"}, {"key": "1"}]}], "savedGroups": {"g": ["a"]}}
                """
            let path = "\(folder)/growthbook.json"
            try json.write(toFile: path, atomically: true, encoding: .utf8)
            let dry = try await run(["features", "import", path, "--dry-run"], client).output
            #expect(dry.contains("would run") && dry.contains("would be written"))
            #expect(try await run(["features"], client).output == "There are none.\n")
            func statuses() async throws -> [String] {
                let output = try await run(["features", "import", path, "--json"], client).output
                return try JSON.parse(output)["items"]?.array?.compactMap { $0["status"]?.string } ?? []
            }
            // What an import that was broken off has left is started by the next.
            _ = try await client.json(
                ClientRequest(
                    .post,
                    "experiments",
                    json: ["id": "t", "name": "T", "variants": ["0", "1"], "seed": "s", "unit": "user"]
                )
            )
            #expect(try await statuses() == ["running", "created", "created"])
            #expect(try await statuses() == ["exists", "unchanged", "unchanged"])
            // Another seed would deal out anew what runs.
            try json.replacing(#""s""#, with: #""s2""#).replacing(#"\"s\""#, with: #"\"s2\""#)
                .write(toFile: path, atomically: true, encoding: .utf8)
            await #expect(throws: ClientError.self) { try await run(["features", "import", path], client) }
            let bad = #"{"features": {"f": {"defaultValue": 1, "rules": [{"force": 1, "coverage": 2}]}}}"#
            try bad.write(toFile: path, atomically: true, encoding: .utf8)
            await #expect(throws: ClientError.self) { try await run(["features", "import", path], client) }
        }
    }
}
