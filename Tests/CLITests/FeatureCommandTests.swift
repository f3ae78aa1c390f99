import ArgumentParser
import Foundation
import HooklinePrimitives
import Testing

@testable import HooklineCLI

/// Features in files, checked and evaluated without a server.
@Suite struct FeatureCommandTests {
    private static let payload = """
        {"features": {"player": {"defaultValue": "old", "rules": [{"id": "r", "condition": {"country": {"$in": ["DE"]}},
        "force": "new"}]}, "other": {"defaultValue": 1}}}
        """

    private func run<Command: LocalCommand>(
        _ command: Command.Type,
        _ payload: String,
        contexts: String = "",
        _ more: [String] = []
    ) async throws -> String {
        let folder = FileManager.default.temporaryDirectory.appending(path: "hookline-features-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (file, lines) = (folder.appending(path: "features.json"), folder.appending(path: "contexts.ndjson"))
        try Data(payload.utf8).write(to: file)
        try Data(contexts.utf8).write(to: lines)
        let isEvaluation = command == EvaluateFeaturesCommand.self
        let console = RecordingConsole()
        try await Command.parse([file.path] + (isEvaluation ? ["--contexts", lines.path] : []) + more).run(
            console.console
        )
        return console.output
    }

    @Test func evaluatesALineForEachContext() async throws {
        let contexts = """
            {"attributes": {"id": "1", "country": "DE"}}
            {"attributes": {"id": "2", "country": "FR"}}

            """
        let lines = try await run(EvaluateFeaturesCommand.self, Self.payload, contexts: contexts).split(separator: "\n")
        #expect(lines.count == 2)
        let first = try JSON.parse(String(lines[0]))
        #expect(
            first["player"] == ["value": "new", "on": true, "off": false, "source": "force", "ruleId": "r"]
        )
        #expect(first["other"]?["value"] == 1)
        #expect(try JSON.parse(String(lines[1]))["player"]?["value"] == "old")

        let one = try await run(
            EvaluateFeaturesCommand.self,
            Self.payload,
            contexts: contexts,
            ["--feature", "other", "--feature", "none"]
        )
        let json = try JSON.parse(String(one.split(separator: "\n")[0]))
        #expect(json.object?.keys == ["other", "none"] && json["none"]?["source"] == "unknownFeature")
    }

    @Test func checksWhatIsWritten() async throws {
        #expect(try await run(CheckFeaturesCommand.self, Self.payload) == "2 features, nothing is wrong.\n")
        let wrong = Self.payload.replacing("$in", with: "$near")
        let error = await #expect(throws: ClientError.self) { try await run(CheckFeaturesCommand.self, wrong) }
        #expect(error?.lines.first?.contains("features.player.rules[0].condition.country.$near is no operator") == true)
    }

    @Test(arguments: [
        ("{", "is no JSON"), ("[]", "holds no JSON object"), (#"{"features": []}"#, "has no object 'features'"),
    ])
    func filesThatAreNoPayloadAreRefused(payload: String, problem: String) async throws {
        let error = await #expect(throws: ClientError.self) { try await run(CheckFeaturesCommand.self, payload) }
        #expect(error?.lines.first?.contains(problem) == true)
    }

    @Test(arguments: ["[1]", "{", "text"])
    func contextsThatAreNoneAreRefused(context: String) async throws {
        let error = await #expect(throws: ClientError.self) {
            try await run(EvaluateFeaturesCommand.self, Self.payload, contexts: "{}\n\(context)\n")
        }
        #expect(error?.lines.first?.contains("line 2") == true)
    }
}
