import HTTPTypes
import HooklinePrimitives
import HooklineStorageTestSupport
import HummingbirdTesting
import Testing

@testable import HooklineServer

@Suite struct MetricDefinitionRoutesTests {
    private static let metrics = "/v1/metrics"
    private static let watch = #"{"id": "watch/time", "kind": "sum", "event": "watch", "property": "seconds"}"#

    @Test(arguments: TestDatabase.available)
    func aMetricIsDefinedShownChangedArchivedAndRestored(_ test: TestDatabase) async throws {
        try await ServerHarness.run(on: test) { server in
            let made = try await server.send(.post, Self.metrics, as: .write, body: Self.watch)
            #expect(made.status == .created && made.headers[.location] == Self.metrics + "/watch%2Ftime")
            let at: JSON = "2026-01-28T10:00:00.000Z"
            #expect(
                try made.json == [
                    "id": "watch/time", "version": 1, "description": "", "kind": "sum", "event": "watch",
                    "property": "seconds", "role": "goal", "direction": "increase", "created_at": at, "updated_at": at,
                    "archived_at": nil,
                ]
            )
            let path = Self.metrics + "/watch%2Ftime"
            #expect(try await server.send(.get, path, as: .read).json == made.json)
            #expect(try await server.problem(.post, Self.metrics, Self.watch) == "409 metric_exists id")

            server.clock.advance(byMilliseconds: 1000)
            let change = #"{"window_seconds": 60, "cap": {"percentile": 0.99}, "description": "d"}"#
            let changed = try await server.send(.patch, path, as: .write, body: change).json
            #expect(changed["version"] == 2 && changed["window_seconds"] == 60 && changed["property"] == "seconds")
            #expect(changed["updated_at"] == "2026-01-28T10:00:01.000Z" && changed["created_at"] == at)
            #expect(try await server.send(.patch, path, as: .write, body: change).json["version"] == 2)
            let taken = #"{"cap": null, "description": null}"#
            let third = try await server.send(.patch, path, as: .write, body: taken).json
            #expect(third["version"] == 3 && third["cap"] == nil && third["description"] == "")
            let kind = #"{"kind": "count", "property": null}"#
            #expect(try await server.send(.patch, path, as: .write, body: kind).json["kind"] == "count")

            let versions = try await server.send(.get, path + "/versions?limit=3", as: .read).json
            #expect(versions["items"]?.array?.map { $0["version"] } == [1, 2, 3] && versions["next"] == "3")
            let second = try await server.send(.get, path + "/versions/2", as: .read).json
            #expect(second["cap"] == ["percentile": 0.99, "ignore_zeros": false] && second["description"] == "d")

            let archived = try await server.send(.post, path + "/archive", as: .write).json
            #expect(archived["archived_at"] == "2026-01-28T10:00:01.000Z")
            #expect(try await server.problem(.patch, path, change) == "409 metric_archived metric_id")
            #expect(try await server.send(.get, Self.metrics + "?archived=false", as: .read).json["items"] == [])
            #expect(try await server.send(.get, Self.metrics, as: .read).json["items"] == [archived])
            #expect(try await server.send(.post, path + "/restore", as: .write).json["archived_at"] == .null)
        }
    }

    /// What is sent as a named metric, and the field that the answer names.
    private static let bad: [(String, String)] = [
        (#"{"kind": "count", "event": "e"}"#, "id"), (#"{"id": ""}"#, "id"), (#"{"id": 1}"#, "id"),
        (#"{"id": "\#(String(repeating: "x", count: 129))"}"#, "id"),
        (#"{"id": "x", "name": "y"}"#, "name"), (#"{"id": "x", "kind": "median"}"#, "kind"),
        (#"{"id": "x", "kind": "count"}"#, "event"), (#"{"id": "x", "kind": "count", "event": "exposure"}"#, "event"),
        (#"{"id": "x", "kind": "count", "event": "e", "window_seconds": -1}"#, "window_seconds"),
        (#"{"id": "x", "kind": "quantile", "event": "e", "property": "p", "quantile": 1}"#, "quantile"),
        (#"{"id": "x", "kind": "count", "event": "e", "margin": 0.1}"#, "margin"),
        (#"{"id": "x", "kind": "count", "event": "e", "version": 2}"#, "version"),
        (#"{"id": "x", "kind": "count", "event": "e", "source": {"id": "y", "version": 1}}"#, "source"),
        (#"{"id": "x", "description": "\#(String(repeating: "x", count: 8193))"}"#, "description"), ("[]", ""),
    ]

    @Test func namesWhatIsWrongWithAMetric() async throws {
        try await ServerHarness.run { server in
            for (body, field) in Self.bad {
                #expect(try await server.problem(.post, Self.metrics, body) == "422 invalid_field \(field)")
            }
            #expect(try await server.problem(.post, Self.metrics, "{") == "400 malformed_json -")
            #expect(try await server.problem(.post, Self.metrics, "") == "400 body_missing -")
            #expect(try await server.problem(.post, Self.metrics, as: .read, Self.watch) == "403 scope_missing -")
            #expect(try await server.problem(.get, Self.metrics, as: .client) == "403 scope_missing -")
            let archived = try await server.problem(.get, Self.metrics + "?archived=1", as: .read)
            #expect(archived == "422 invalid_field archived")
            #expect(try await server.send(.get, Self.metrics, as: .read).json["items"] == [])

            #expect(try await server.send(.post, Self.metrics, as: .write, body: Self.watch).status == .created)
            let path = Self.metrics + "/watch%2Ftime"
            for (body, field) in [
                (#"{"id": "y"}"#, "id"), (#"{"kind": "count"}"#, "property"),
                (#"{"kind": null, "event": null}"#, "property"),
                (#"{"source": {"id": "y", "version": 1}}"#, "source"), (#"{"description": 1}"#, "description"),
                (#"{"window_seconds": "1d"}"#, "window_seconds"), ("[]", ""),
            ] {
                #expect(try await server.problem(.patch, path, body) == "422 invalid_field \(field)")
            }
            #expect(try await server.send(.get, path, as: .read).json["version"] == 1)
            #expect(
                try await server.problem(.get, path + "/versions/2", as: .read) == "404 metric_version_unknown version"
            )
            #expect(try await server.problem(.get, path + "/versions/0", as: .read) == "422 invalid_field version")
            let cursor = try await server.problem(.get, path + "/versions?cursor=x", as: .read)
            #expect(cursor == "422 invalid_field cursor")
            let usages = try await server.problem(.get, path + "/experiments?cursor=x", as: .read)
            #expect(usages == "422 invalid_field cursor")
            for rest in ["", "/versions", "/versions/1", "/experiments"] {
                let unknown = try await server.problem(.get, Self.metrics + "/nope" + rest, as: .read)
                #expect(unknown == "404 metric_unknown metric_id")
            }
            for rest in ["/archive", "/restore"] {
                let unknown = try await server.problem(.post, Self.metrics + "/nope" + rest)
                #expect(unknown == "404 metric_unknown metric_id")
            }
            #expect(try await server.problem(.patch, Self.metrics + "/nope", "{}") == "404 metric_unknown metric_id")
        }
    }

    private static func experiment(_ metrics: String) -> String {
        #"{"id": "hooks", "name": "Hooks", "variants": ["control", "question"], "metrics": \#(metrics)}"#
    }

    @Test(arguments: TestDatabase.available)
    func anExperimentTakesNamedMetrics(_ test: TestDatabase) async throws {
        try await ServerHarness.run(on: test) { server in
            #expect(try await server.send(.post, Self.metrics, as: .write, body: Self.watch).status == .created)
            let body = Self.experiment(
                #"["rating", {"use": "watch/time", "name": "seconds", "role": "guardrail", "margin": 0.02}]"#
            )
            let made = try await server.send(.post, "/v1/experiments", as: .write, body: body)
            #expect(made.status == .created)
            let taken: JSON = [
                "name": "seconds", "kind": "sum", "event": "watch", "property": "seconds", "role": "guardrail",
                "direction": "increase", "margin": 0.02, "source": ["id": "watch/time", "version": 1],
            ]
            #expect(try made.json["metrics"]?[1] == taken)
            #expect(try await server.send(.post, "/v1/experiments/hooks/start", as: .write).status == .ok)
            let path = Self.metrics + "/watch%2Ftime"
            let change = #"{"window_seconds": 60}"#
            #expect(try await server.send(.patch, path, as: .write, body: change).json["version"] == 2)
            let running = try await server.send(.get, "/v1/experiments/hooks", as: .read).json
            #expect(running["metrics"]?[1] == taken && running["version"] == 1)
            let used = try await server.send(.get, path + "/experiments", as: .read).json
            #expect(
                used == [
                    "items": [["experiment_id": "hooks", "version": 1, "metric": "seconds", "metric_version": 1]],
                    "next": nil,
                ]
            )
            let again = #"{"metrics": [{"use": "watch/time", "name": "seconds"}]}"#
            let changed = try await server.send(.patch, "/v1/experiments/hooks", as: .write, body: again).json
            #expect(changed["new_version"] == true && changed["metrics"]?[0]?["window_seconds"] == 60)
        }
    }

    @Test func namesWhatIsWrongWithAUse() async throws {
        try await ServerHarness.run { server in
            #expect(try await server.send(.post, Self.metrics, as: .write, body: Self.watch).status == .created)
            #expect(try await server.send(.post, Self.metrics, as: .write, body: #"{"id": "old"}"#).status == .created)
            #expect(try await server.send(.post, Self.metrics + "/old/archive", as: .write).status == .ok)
            for (metric, field) in [
                (#"{"use": "nope"}"#, "use"), (#"{"use": "old"}"#, "use"), (#"{"use": null}"#, "use"),
                (#"{"use": "watch/time", "version": 2}"#, "version"),
                (#"{"use": "watch/time", "version": 0}"#, "version"),
                (#"{"use": "watch/time", "window_seconds": 1}"#, "window_seconds"),
                (#"{"use": "watch/time", "margin": 0.1}"#, "margin"),
                (#"{"use": "watch/time", "name": "rating"}"#, "name"),
                (#"{"name": "m", "source": {"id": "watch/time", "version": 1}}"#, "source"),
            ] {
                let body = Self.experiment(#"["rating", \#(metric)]"#)
                let problem = try await server.problem(.post, "/v1/experiments", body)
                #expect(problem == "422 invalid_field metrics[1].\(field)", "\(metric)")
            }
            #expect(try await server.send(.get, "/v1/experiments", as: .read).json["items"] == [])
        }
    }
}
