import HTTPTypes
import HooklinePrimitives
import HooklineStorageTestSupport
import HummingbirdTesting
import Testing

@testable import HooklineServer

@Suite struct ResultsRoutesTests {
    @Test(arguments: TestDatabase.available)
    func aMetricThatIsAskedForAloneStandsAtTheTop(_ test: TestDatabase) async throws {
        try await ServerHarness.run(on: test) { server in
            try await server.beginExperiment()
            let body = """
                [{"variant": "control", "metric": "rating", "trials": 1000, "successes": 120},
                {"variant": "question", "metric": "rating", "trials": 1000, "successes": 180}]
                """
            let path = "/v1/experiments/hooks"
            #expect(try await server.send(.post, path + "/observations", as: .write, body: body).status == .accepted)
            try await server.fold()
            let json = try await server.send(.get, path + "/results?metric=rating&planned_read=true", as: .read).json
            #expect(json["control_mean"] == 0.12 && json["variant_mean"] == 0.18 && json["metric"] == "rating")
            #expect(json["significant"] == true && json["confidence_level"] == 0.95 && json["complete"] == true)
            #expect(abs((json["lift"]?.double ?? 0) - 50) < 1e-9)
            // scipy 1.17.1: stats.ttest_ind_from_stats with the standard deviations of zeros and ones (n - 1).
            let p = try #require(json["p_value"]?.double)
            #expect(abs(p / 0.00016892906695311401 - 1) < 1e-9)
            // Of the lift 0.5 with the variance of the delta method and the prior N(0, 0.3^2), by scipy 1.17.1's norm.
            let posterior = try #require(json["posterior"])
            #expect(abs((posterior["chance_to_win"]?.double ?? 0) - 0.9963458968401301) < 1e-12)
            #expect(abs((posterior["lift"]?.double ?? 0) - 38.535059146236933) < 1e-10)
            #expect(abs((posterior["expected_loss"]?.double ?? 0) - 0.016125771568907868) < 1e-12)
            #expect(abs((posterior["lift_credible_interval"]?[0]?.double ?? 0) - 10.37910476557985) < 1e-10)
            let treatment = try #require(json["metrics"]?[0]?["variants"]?[1])
            #expect(treatment["n"] == 1000 && treatment["mean"] == 0.18 && treatment["p_value"]?.double == p)
            #expect(treatment["confidence_interval"]?.array?.count == 2)
            #expect(json["metrics"]?[0]?["variants"]?[0]?["control"] == true)
            #expect(json["metrics"]?.array?.count == 1)

            let early = try await server.send(.get, path + "/results?metric=rating", as: .read).json
            #expect(early["planned_read"]?["status"] == "not_yet" && json["planned_read"]?["status"] == "now")
            for member in [
                "p_value", "log10_p_value", "significant", "confidence_interval", "lift_confidence_interval",
            ] {
                #expect(early[member] == .null)
            }
            #expect(early["difference"] == json["difference"] && early["anytime"]?["significant"] == true)
            #expect(early["anytime"]?["lift_confidence_interval"]?.array?.count == 2)

            let all = try await server.send(.get, path + "/results", as: .read).json
            #expect(all["decision"]?["verdict"] == "ship" && early["decision"] == nil)
            #expect(all["metrics"]?.array?.map { $0["metric"]?.string } == ["rating", "clicked", "seconds"])
            #expect(all["p_value"] == nil)
            let empty = all["metrics"]?[1]?["variants"]?[1]
            #expect(empty?["p_value"] == .null && empty?["not_testable"]?.string != nil)
        }
    }

    @Test func saysWhatItDoesNotKnow() async throws {
        try await ServerHarness.run { server in
            try await server.beginExperiment()
            let path = "/v1/experiments/hooks/results"
            #expect(try await server.problem(.get, path + "?metric=nope", as: .read) == "404 metric_unknown metric")
            #expect(try await server.problem(.get, path + "?metric=", as: .read) == "422 invalid_field metric")
            #expect(try await server.problem(.get, path + "?wait_ms=-1", as: .read) == "422 invalid_field wait_ms")
            #expect(try await server.problem(.get, path + "?mertic=x", as: .read) == "422 invalid_field mertic")
            #expect(
                try await server.problem(.get, "/v1/experiments/nope/results", as: .read)
                    == "404 experiment_unknown experiment_id"
            )
            #expect(try await server.problem(.get, path, as: .client) == "403 scope_missing -")
        }
    }

    @Test func tellsWhetherTheFoldWasBehind() async throws {
        try await ServerHarness.run { server in
            try await server.beginExperiment()
            let event = #"{"type": "click", "user_id": "u"}"#
            #expect(try await server.send(.post, "/v1/events", as: .client, body: event).status == .accepted)
            let path = "/v1/experiments/hooks/results?wait_ms=0"
            #expect(try await server.send(.get, path, as: .read).json["complete"] == false)
            try await server.fold()
            let json = try await server.send(.get, path, as: .read).json
            #expect(json["complete"] == true && json["as_of_position"] == 1)
        }
    }

    @Test func theSampleRatioIsCheckedAgainstTheBuckets() async throws {
        try await ServerHarness.run { server in
            try await server.beginExperiment()
            let exposures = (0..<400).map { number in
                #"{"type": "exposure", "user_id": "u\#(number)", "properties": {"experiment_id": "hooks"}}"#
            }
            let claim = #"{"experiment_id": "hooks", "variant": "x"}"#
            let wrong = #"{"type": "exposure", "user_id": "u1", "properties": \#(claim)}"#
            let body = "[" + (exposures + [wrong]).joined(separator: ",") + "]"
            #expect(try await server.send(.post, "/v1/events", as: .client, body: body).status == .accepted)
            try await server.fold()
            let json = try await server.send(.get, "/v1/experiments/hooks/results", as: .read).json
            let ratio = try #require(json["sample_ratio"])
            let inControl = (0..<400).filter { AllocationReference.bucket("hooksu\($0)") < 5000 }.count
            #expect(ratio["variants"]?[0] == ["variant": "control", "observed": JSON(inControl), "expected": 200.0])
            #expect(ratio["status"] == "ok" && ratio["source"] == "exposures" && ratio["degrees_of_freedom"] == 1)
            #expect(json["exposure_mismatches"] == 1)
        }
    }
}
