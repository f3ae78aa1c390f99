import HTTPTypes
import HooklinePrimitives
import HooklineStorageTestSupport
import HummingbirdTesting
import Testing

@testable import HooklineServer

@Suite struct ExperimentRoutesTests {
    @Test(arguments: TestDatabase.available)
    func anExperimentIsMadeReadListedStartedPausedAndConcluded(_ test: TestDatabase) async throws {
        try await ServerHarness.run(on: test) { server in
            let body = """
                {"id": "hook/1", "name": "Hooks", "description": "d", "variants": ["a", "control", "b"],
                "split": {"a": 0.25, "b": 0.25, "control": 0.5}, "coverage": 0.5, "seed": "s",
                "unit": {"attribute": "device"},
                "metrics": ["rating", {"name": "clicked", "kind": "proportion", "event": "click", "window_seconds": 1.5}]}
                """
            let made = try await server.send(.post, "/v1/experiments", as: .write, body: body)
            #expect(made.status == .created && made.headers[.location] == "/v1/experiments/hook%2F1")
            let json = try made.json
            #expect(
                json["variants"] == [
                    ["key": "a", "weight": 0.25, "buckets": 1250], ["key": "control", "weight": 0.5, "buckets": 2500],
                    ["key": "b", "weight": 0.25, "buckets": 1250],
                ]
            )
            #expect(json["control"] == "control" && json["state"] == "draft" && json["version"] == 1)
            #expect(json["unit"] == ["attribute": "device"] && json["seed"] == "s")
            #expect(
                json["metrics"]?[1] == [
                    "name": "clicked", "kind": "proportion", "event": "click", "window_seconds": 1.5, "role": "goal",
                    "direction": "increase",
                ]
            )
            #expect(try await server.problem(.post, "/v1/experiments", body) == "409 experiment_exists id")

            let path = "/v1/experiments/hook%2F1"
            #expect(try await server.send(.get, path, as: .read).json == json)
            #expect(try await server.send(.post, path + "/start", as: .write).json["state"] == "running")
            #expect(try await server.send(.post, path + "/pause", as: .write).json["state"] == "paused")
            let list = try await server.send(.get, "/v1/experiments?state=paused&limit=1", as: .read).json
            #expect(list["items"]?.array?.count == 1 && list["next"] == .null)
            let end = try await server.send(.post, path + "/conclude", as: .write, body: #"{"winner": "b"}"#).json
            #expect(end["state"] == "concluded" && end["winner"] == "b")
            #expect(try await server.problem(.post, path + "/start") == "409 wrong_state state")
        }
    }

    @Test func aChangeAfterTheStartSaysThatItMadeAVersion() async throws {
        try await ServerHarness.run { server in
            try await server.beginExperiment()
            let path = "/v1/experiments/hooks"
            let renamed = try await server.send(.patch, path, as: .write, body: #"{"name": "New"}"#).json
            #expect(renamed["version"] == 1 && renamed["new_version"] == false && renamed["note"] == nil)
            let split = #"{"split": {"control": 0.9, "question": 0.1}}"#
            let changed = try await server.send(.patch, path, as: .write, body: split).json
            #expect(changed["version"] == 2 && changed["new_version"] == true && changed["note"]?.string != nil)
        }
    }

    /// What is sent as a definition, and the field that the answer names.
    private static let bad: [(String, String)] = [
        (#"{"name": "n", "variants": ["a", "b"]}"#, "id"),
        (#"{"id": "", "name": "n", "variants": ["a", "b"]}"#, "id"),
        (#"{"id": 1, "name": "n", "variants": ["a", "b"]}"#, "id"),
        (#"{"id": "x", "variants": ["a", "b"]}"#, "name"),
        (#"{"id": "x", "name": "n", "variants": ["a"]}"#, "variants"),
        (#"{"id": "x", "name": "n", "variants": "a"}"#, "variants"),
        (#"{"id": "x", "name": "n", "variants": ["a", 2]}"#, "variants[1]"),
        (#"{"id": "x", "name": "n", "variants": ["a", "a"]}"#, "variants[1]"),
        (#"{"id": "x", "name": "n", "varaints": ["a", "b"]}"#, "varaints"),
        (#"{"id": "x", "name": "n", "variants": ["a", "b"], "split": {"a": 0.5, "b": 0.4}}"#, "split"),
        (#"{"id": "x", "name": "n", "variants": ["a", "b"], "split": {"a": 1.5, "b": -0.5}}"#, "split.a"),
        (#"{"id": "x", "name": "n", "variants": ["a", "b"], "split": {"a": "half", "b": 0.5}}"#, "split.a"),
        (#"{"id": "x", "name": "n", "variants": ["a", "b"], "split": {"a": 1}}"#, "split.b"),
        (#"{"id": "x", "name": "n", "variants": ["a", "b"], "unit": "device"}"#, "unit"),
        (#"{"id": "x", "name": "n", "variants": ["a", "b"], "coverage": 0}"#, "coverage"),
        (#"{"id": "x", "name": "n", "variants": ["a", "b"], "control": "c"}"#, "control"),
        (
            #"{"id": "x", "name": "n", "variants": ["a", "b"], "metrics": [{"name": "m", "kind": "median"}]}"#,
            "metrics[0].kind"
        ),
        (
            #"{"id": "x", "name": "n", "variants": ["a", "b"], "metrics": [{"name": "m", "type": "count"}]}"#,
            "metrics[0].type"
        ),
        (
            #"{"id": "x", "name": "n", "variants": ["a", "b"], "metrics": [{"name": "m", "kind": "count", "event": "e", "window_seconds": -1}]}"#,
            "metrics[0].window_seconds"
        ),
    ]

    @Test func namesTheFieldOfABadDefinitionAndAddsNothing() async throws {
        try await ServerHarness.run { server in
            for (body, field) in Self.bad {
                let problem = try await server.problem(.post, "/v1/experiments", body)
                #expect(problem == "422 invalid_field \(field)")
            }
            let nan = #"{"id": "x", "name": "n", "variants": ["a", "b"], "coverage": NaN}"#
            let notANumber = try await server.problem(.post, "/v1/experiments", nan)
            #expect(notANumber == "400 malformed_json -")
            let infinite = #"{"id": "x", "name": "n", "variants": ["a", "b"], "coverage": 1e999}"#
            let tooLarge = try await server.problem(.post, "/v1/experiments", infinite)
            #expect(tooLarge == "400 malformed_json -")
            #expect(try await server.send(.get, "/v1/experiments", as: .read).json["items"] == [])
        }
    }

    @Test(arguments: TestDatabase.available)
    func allocatesByTheHash(_ test: TestDatabase) async throws {
        try await ServerHarness.run(on: test) { server in
            try await server.beginExperiment()
            let path = "/v1/experiments/hooks/allocate"
            for user in ["u1", "u2", "größe", "🎬"] {
                let bucket = AllocationReference.bucket("hooks" + user)
                let body = #"{"user_id": "\#(user)", "attributes": {"country": "DE", "age": 7}}"#
                let json = try await server.send(.post, path, as: .client, body: body).json
                #expect(json["variant"]?.string == (bucket < 5000 ? "control" : "question"))
                #expect(json["in_experiment"] == true && json["exposed"] == true && json["user_id"]?.string == user)
                #expect(json["experiment_id"] == "hooks")
            }
            #expect(try await server.storedEvents().count == 4)
            let quiet = #"{"user_id": "u3", "expose": false}"#
            #expect(try await server.send(.post, path, as: .client, body: quiet).json["exposed"] == false)
            #expect(try await server.storedEvents().count == 4)

            let empty = #"{"user_id": ""}"#
            #expect(try await server.problem(.post, path, as: .client, empty) == "422 invalid_field user_id")
            #expect(try await server.problem(.post, path, as: .client, "{}") == "422 invalid_field user_id")
            #expect(try await server.problem(.post, path, as: .client, "{") == "400 malformed_json -")
            let unknown = "/v1/experiments/nope/allocate"
            #expect(
                try await server.problem(.post, unknown, as: .client, #"{"user_id": "u"}"#)
                    == "404 experiment_unknown experiment_id"
            )
            #expect(try await server.problem(.post, path, as: .read, #"{"user_id": "u"}"#) == "403 scope_missing -")
        }
    }

    @Test func takesObservationsOneOrMany() async throws {
        try await ServerHarness.run { server in
            try await server.beginExperiment()
            let path = "/v1/experiments/hooks/observations"
            let one = #"{"variant": "control", "metric": "rating", "value": 0.15}"#
            #expect(
                try await server.send(.post, path, as: .write, body: one).json
                    == ["accepted": 1, "duplicates": 0, "rejected": [], "position": 1]
            )
            let many = """
                [{"variant": "control", "metric": "rating", "value": 1, "id": "x", "user_id": "u"},
                {"variant": "control", "metric": "rating", "value": 1, "id": "x", "user_id": "u"},
                {"variant": "nope", "metric": "rating", "value": 1}, {"variant": "control", "metric": "rating"},
                {"variant": "control", "metric": "signups", "trials": 10, "successes": 3},
                {"variant": "control", "metric": "signups", "trials": 10, "successes": 11}]
                """
            let answer = try await server.send(.post, path, as: .write, body: many).json
            #expect(answer["accepted"] == 2 && answer["duplicates"] == 1)
            let rejected = answer["rejected"]?.array ?? []
            #expect(rejected.map { $0["index"] } == [2, 3, 5])
            #expect(rejected.map { $0["field"] } == ["variant", "value", "successes"])

            let wrong = #"{"variant": "nope", "metric": "rating", "value": 1}"#
            #expect(try await server.problem(.post, path, wrong) == "422 variant_unknown variant")
            let text = #"{"variant": "control", "metric": "rating", "value": "1"}"#
            #expect(try await server.problem(.post, path, text) == "422 invalid_field value")
            let folded = #"{"variant": "control", "metric": "clicked", "value": 1}"#
            #expect(try await server.problem(.post, path, folded) == "422 invalid_field metric")
            let late = #"{"variant": "control", "metric": "rating", "value": 1, "timestamp": "2100-01-01T00:00:00Z"}"#
            #expect(try await server.problem(.post, path, late) == "422 invalid_field timestamp")
            let milliseconds = #"{"variant": "control", "metric": "rating", "value": 1, "timestamp": 1735689600000}"#
            #expect(try await server.send(.post, path, as: .write, body: milliseconds).status == .accepted)
            #expect(try await server.storedEvents().count == 4)
        }
    }

    @Test func importsWhatItCanAndSaysWhatItCannot() async throws {
        try await ServerHarness.run { server in
            let body = """
                {"experiments": [
                {"id": "t1", "metric": "ctr", "arms": [{"variant": "a", "trials": 100, "successes": 5},
                    {"variant": "b", "trials": 110, "successes": 15}]},
                {"id": "t2", "metric": "ctr", "arms": [{"variant": "a", "trials": 100, "successes": 5}]},
                {"id": "t3", "metric": "ctr", "arms": [{"variant": "a", "trials": -1, "successes": 5}, {"variant": "b", "trials": 1, "successes": 0}]},
                {"id": "t4", "arms": []}]}
                """
            let answer = try await server.send(.post, "/v1/experiments/import", as: .write, body: body).json
            let items = try #require(answer["items"]?.array)
            #expect(items.map { $0["status"]?.string } == ["imported", "refused", "refused", "refused"])
            #expect(items[2]["problem"]?.string?.contains("arms[0].trials") == true)
            #expect(answer["position"] == 2)
            try await server.fold()
            let results = try await server.send(.get, "/v1/results?wait_ms=0", as: .read).json
            #expect(results["items"]?.array?.count == 1 && results["items"]?[0]?["final"] == true)
        }
    }
}

/// The hash written a second time, from GrowthBook's documentation.
enum AllocationReference {
    static func bucket(_ text: String) -> UInt32 {
        func fnv(_ units: some Sequence<UInt16>) -> UInt32 {
            units.reduce(2_166_136_261) { ($0 ^ UInt32($1)) &* 16_777_619 }
        }
        return fnv(String(fnv(text.utf16)).utf16) % 10_000
    }
}
