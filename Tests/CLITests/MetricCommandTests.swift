import ArgumentParser
import Foundation
import HooklineApp
import HooklinePrimitives
import Testing

@testable import HooklineCLI

@Suite struct MetricCommandTests {
    /// Runs a command against answers that are given; answers its output and the requests.
    private func run(
        _ text: String,
        _ answers: ClientAnswer...
    ) async throws -> (output: String, requests: [ClientRequest]) {
        let client = StubClient(answers.map { .success($0) })
        let console = RecordingConsole()
        let command = try #require(
            try Hookline.parseAsRoot(text.split(separator: " ").map(String.init)) as? any ClientCommand
        )
        try await command.run(client, console.console)
        return (console.output, client.requests)
    }

    private static let metric: JSON = [
        "id": "watch_time", "version": 2, "description": "How long", "kind": "sum", "event": "watch",
        "property": "seconds", "window_seconds": 60, "role": "goal", "direction": "increase",
        "created_at": "2026-01-28T10:00:00.000Z", "updated_at": "2026-01-28T10:00:00.000Z", "archived_at": nil,
    ]

    @Test(
        arguments: [
            ("metrics define watch_time:sum:watch:seconds", "POST /v1/metrics"),
            ("metrics update a/b --role guardrail", "PATCH /v1/metrics/a%2Fb"),
            ("metrics get m --version 2", "GET /v1/metrics/m/versions/2"),
            ("metrics archive m", "POST /v1/metrics/m/archive"), ("metrics restore m", "POST /v1/metrics/m/restore"),
        ]
    ) func asksFor(_ text: String, _ request: String) async throws {
        let done = try await run(text, ClientAnswer(200, Self.metric))
        #expect(done.requests.map { "\($0.method.rawValue) \($0.path)" } == [request])
        #expect(done.output.contains("watch_time") && done.output.contains("seconds"))
    }

    @Test func listsThoseThatAreNotArchived() async throws {
        let page = ClientAnswer(200, ["items": [Self.metric], "next": nil])
        let listed = try await run("metrics", page)
        #expect(listed.requests.map(\.path) == ["/v1/metrics?limit=500&archived=false"])
        #expect(listed.output.contains("watch seconds, window 60 s"))
        #expect(try await run("metrics list --all", page).requests.map(\.path) == ["/v1/metrics?limit=500"])
        let versions = try await run("metrics versions m", page)
        #expect(versions.requests.map(\.path) == ["/v1/metrics/m/versions?limit=500"])
        #expect(versions.output.contains("How long"))
        let none = ClientAnswer(200, ["items": [], "next": nil])
        #expect(try await run("metrics list", none).output == "There are no named metrics.\n")
    }

    @Test func tellsWhoUsesIt() async throws {
        let usage: JSON = ["experiment_id": "hooks", "version": 3, "metric": "watch_time", "metric_version": 1]
        let shown = try await run(
            "metrics get watch_time",
            ClientAnswer(200, Self.metric),
            ClientAnswer(200, ["items": [usage], "next": nil])
        )
        let path = "/v1/metrics/watch_time"
        #expect(shown.requests.map(\.path) == [path, path + "/experiments?limit=50"])
        #expect(shown.output.contains("hooks (its version 3 uses 1)"))
    }

    private func body(_ text: String) throws -> JSON {
        let command = try Hookline.parseAsRoot(text.split(separator: " ").map(String.init))
        if let define = command as? DefineMetricCommand { return .object(try define.body()) }
        return .object(try #require(command as? UpdateMetricCommand).definition.body())
    }

    @Test func writesADefinition() throws {
        let flags = "--window 7d --delay 500ms --role guardrail --direction decrease --margin 0.02 --description d"
        #expect(
            try body("metrics define w:sum:watch:seconds \(flags)") == [
                "id": "w", "kind": "sum", "event": "watch", "property": "seconds", "description": "d",
                "window_seconds": 604_800, "delay_seconds": 0.5, "role": "guardrail", "direction": "decrease",
                "margin": 0.02,
            ]
        )
        #expect(try body("metrics define rating") == ["id": "rating"])
        let quantile = #"metrics define q --set kind="quantile" --set quantile=0.9 --set where={"a":1}"#
        #expect(try body(quantile) == ["id": "q", "kind": "quantile", "quantile": 0.9, "where": ["a": 1]])
        #expect(try body("metrics update m --set cap=null") == ["cap": nil])
    }

    @Test func anExperimentUsesANamedMetric() {
        #expect(MetricArgument(argument: "use:watch_time")?.json == ["use": "watch_time"])
        #expect(MetricArgument(argument: "use:watch_time:2")?.json == ["use": "watch_time", "version": 2])
        #expect(MetricArgument(argument: "use:count:click")?.json["name"] == "use")
        #expect(MetricArgument(argument: "use:watch_time:x") == nil && MetricArgument(argument: "use:") == nil)
    }

    @Test(arguments: [
        "metrics define", "metrics define a --file f", "metrics define use:a", "metrics define a:sum",
        "metrics define a --role main", "metrics define a --window 7", "metrics define a --set cap",
        "metrics define a --set cap={", "metrics define a --margin nan", "metrics update a",
        "metrics update a --file f --role goal", "metrics get", "metrics get a --version x", "metrics archive",
    ]) func refuses(_ text: String) throws {
        let error = #expect(throws: (any Error).self) {
            try Hookline.parseAsRoot(text.split(separator: " ").map(String.init))
        }
        #expect(try Hookline.exitCode(for: #require(error)) == .validationFailure)
    }

    /// Through the same requests that go over the network.
    @Test func worksOnADatabaseOfItsOwn() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("hookline-cli-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var configuration = HooklineConfiguration()
        configuration.database = .sqlite(path: "\(folder.path)/test.db")
        let client = try await EmbeddedClient(configuration)
        func output(_ text: String) async throws -> String {
            let console = RecordingConsole()
            let words = text.split(separator: " ").map(String.init)
            let command = try #require(try Hookline.parseAsRoot(words) as? any ClientCommand)
            try await command.run(client, console.console)
            return console.output
        }
        _ = try await output("metrics define watch_time:sum:watch:seconds --window 1h")
        _ = try await output("experiments create hooks --variant a --variant b --metric use:watch_time")
        #expect(try await output("metrics update watch_time --set cap=60").contains("cap"))
        #expect(try await output("metrics get watch_time").contains("hooks (its version 1 uses 1)"))
        let experiment = try JSON.parse(try await output("experiments get hooks --format json"))
        #expect(experiment["metrics"]?[0]?["source"] == ["id": "watch_time", "version": 1])
        #expect(try await output("metrics archive watch_time").contains("archived"))
        await #expect(throws: ClientError.self) {
            try await output("experiments create other --variant a --variant b --metric use:watch_time")
        }
        #expect(try await output("metrics list") == "There are no named metrics.\n")
        try await client.close()
    }
}
