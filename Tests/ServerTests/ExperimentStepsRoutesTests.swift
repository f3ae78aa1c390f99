import HTTPTypes
import HooklinePrimitives
import HooklineStorageTestSupport
import HummingbirdTesting
import Testing

@testable import HooklineServer

/// What is done to an experiment that runs, and what is noted of it.
@Suite struct ExperimentStepsRoutesTests {
    private static let path = "/v1/experiments/hooks"

    @Test(arguments: TestDatabase.available)
    func anArmIsHaltedAndTheStepIsNotedWithItsKey(_ test: TestDatabase) async throws {
        try await ServerHarness.run(on: test) { server in
            try await server.beginExperiment()
            let body = #"{"variant": "question", "reason": "It shocks people."}"#
            let halted = try await server.send(.post, Self.path + "/halt", as: .write, body: body).json
            #expect(halted["halted"]?[0]?["variant"] == "question" && halted["halt_on_breach"] == false)
            #expect(halted["halted"]?[0]?["reason"] == "It shocks people." && halted["version"] == 1)

            let page = try await server.send(.get, Self.path + "/audit?limit=2", as: .read).json
            #expect(page["items"]?.array?.compactMap { $0["action"]?.string } == ["created", "started"])
            let rest = try await server.send(
                .get,
                Self.path + "/audit?cursor=\(page["next"]?.string ?? "")",
                as: .read
            ).json
            let entry = try #require(rest["items"]?[0])
            #expect(entry["action"] == "arm_halted" && entry["experiment_id"] == "hooks" && entry["version"] == 1)
            #expect(entry["detail"] == ["variant": "question", "reason": "It shocks people."])
            // Who it was is the id of a key, never the key.
            let keys = try await server.send(.get, "/v1/keys", as: .admin).json["items"]?.array ?? []
            #expect(keys.contains { $0["id"] == entry["actor"] })
            #expect(rest["next"] == .null)

            let results = try await server.send(.get, Self.path + "/results", as: .read).json
            #expect(results["trust"] == [] && results["outlook"] == .null)
            #expect(results["decision"]?["reasons"] == ["'question' was halted: It shocks people."])
        }
    }

    @Test func whatIsWrongWithAStepIsNamed() async throws {
        try await ServerHarness.run { server in
            try await server.beginExperiment()
            for (step, body, problem) in [
                ("/halt", #"{"variant": "question"}"#, "422 invalid_field reason"),
                ("/halt", #"{"variant": "question", "reason": ""}"#, "422 invalid_field reason"),
                ("/halt", #"{"variant": "control", "reason": "x"}"#, "422 invalid_field variant"),
                ("/halt", #"{"variant": "none", "reason": "x"}"#, "422 variant_unknown variant"),
                ("/halt", #"{"variant": "question", "reason": "x", "why": 1}"#, "422 invalid_field why"),
                ("/conclude", #"{"as_decided": true}"#, "409 undecided as_decided"),
                ("/conclude", #"{"as_decided": true, "winner": "question"}"#, "422 invalid_field as_decided"),
                ("/conclude", #"{"as_decided": "yes"}"#, "422 invalid_field as_decided"),
            ] {
                #expect(try await server.problem(.post, Self.path + step, body) == problem, "\(body)")
            }
            for (query, problem) in [
                ("/audit?cursor=x", "422 invalid_field cursor"), ("/validation?runs=1", "422 invalid_field runs"),
                ("/validation?looks=0", "422 invalid_field looks"), ("/validation?seed=-1", "422 invalid_field seed"),
                ("/validation", "422 invalid_field experiment"),
            ] {
                let found = try await server.problem(.get, Self.path + query)
                #expect(found == problem, "\(query): \(found)")
            }
            let definition = #"{"id": "x", "name": "n", "variants": ["a", "b"], "halt_on_breach": true}"#
            #expect(
                try await server.problem(.post, "/v1/experiments", definition) == "422 invalid_field halt_on_breach"
            )
        }
    }

    @Test func haltingOnABreachIsAnOptionThatChangesNoVersion() async throws {
        try await ServerHarness.run { server in
            let body = """
                {"id": "hooks", "name": "Hooks", "variants": ["control", "question"], "halt_on_breach": true, "metrics": [
                {"name": "stayed", "kind": "proportion", "event": "stay", "role": "guardrail", "margin": 0.05}]}
                """
            #expect(
                try await server.send(.post, "/v1/experiments", as: .write, body: body).json["halt_on_breach"] == true
            )
            _ = try await server.send(.post, Self.path + "/start", as: .write)
            let off = #"{"halt_on_breach": false}"#
            let changed = try await server.send(.patch, Self.path, as: .write, body: off).json
            #expect(changed["halt_on_breach"] == false && changed["version"] == 1)
        }
    }
}
