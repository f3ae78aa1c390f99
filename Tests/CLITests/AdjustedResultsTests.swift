import HooklinePrimitives
import Testing

@testable import HooklineCLI

@Suite struct AdjustedResultsTests {
    /// The answer of `/results` for one experiment with these p-values; nil is a comparison that has none.
    static func answer(_ id: String, _ pValues: [Double?], ratio: String = "ok") -> JSON {
        let treatments = pValues.enumerated().map { index, p -> JSON in
            [
                "variant": .string("t\(index)"), "control": false, "n": 100, "mean": 0.2, "difference": 0.1,
                "lift": 100.0, "lift_confidence_interval": [10.0, 190.0], "p_value": JSON(p),
                "significant": .bool((p ?? 1) < 0.05), "not_testable": p == nil ? "There is nothing." : nil,
            ]
        }
        let control: JSON = ["variant": "control", "control": true, "n": 100, "mean": 0.1]
        return [
            "experiment_id": .string(id), "name": .string("Name of \(id)"), "state": "running", "version": 1,
            "final": false, "complete": true, "sample_ratio": ["status": .string(ratio), "p_value": 0.5],
            "metrics": [["metric": "click_rate", "kind": "proportion", "variants": .array([control] + treatments)]],
        ]
    }

    private func adjusted(_ answers: JSON...) throws -> AdjustedResults {
        AdjustedResults(try answers.map { try ExperimentResult($0, from: "test") })
    }

    /// The example of Benjamini and Hochberg (1995), section 3: of fifteen tests four are found at 5 %.
    @Test func agreesWithThePaper() throws {
        let published = [
            0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528,
            0.7590, 1.0,
        ]
        let results = try adjusted(
            Self.answer("a", published.prefix(7).map { $0 }),
            Self.answer("b", [nil] + published.dropFirst(7).map { $0 })
        )
        #expect(results.tests == 15)
        #expect(results.significantAlone == 9)
        #expect(results.significantAdjusted == 4)
        #expect(results.notTestable == 1)
    }

    @Test func adjustsAcrossExperiments() throws {
        let together = try adjusted(Self.answer("a", [0.03]), Self.answer("b", [0.04, 0.01]))
        let values = together.results.flatMap(\.metrics).flatMap(\.treatments).map(\.adjustedPValue)
        #expect(values == [0.04, 0.04, 0.03])
        let alone = try adjusted(Self.answer("a", [0.03]))
        #expect(alone.results[0].metrics[0].treatments[0].adjustedPValue == 0.03)
    }

    @Test func aFamilyIsWhatItIsSaidToBe() throws {
        let answers = [Self.answer("a", [0.03]), Self.answer("b", [0.04, 0.01])]
        let results = try answers.map { try ExperimentResult($0, from: "test") }
        let values = { (adjustment: Adjustment) in
            AdjustedResults(results, adjustment).results.flatMap(\.metrics).flatMap(\.treatments).map(\.adjustedPValue)
        }
        #expect(values(Adjustment(method: .holm)) == [0.06, 0.06, 0.03])
        #expect(values(Adjustment(method: .holm, family: .experiment)) == [0.03, 0.04, 0.02])
        #expect(values(Adjustment(family: .experiment)) == [0.03, 0.04, 0.02])
        let guarded = results.map { result in
            var result = result
            if result.id == "a" { result.metrics[0].role = "guardrail" }
            return result
        }
        let goals = AdjustedResults(guarded, Adjustment(method: .holm, family: .goals))
        #expect(goals.tests == 2)
        #expect(goals.results[0].metrics[0].treatments[0].adjustedPValue == nil)
        #expect(goals.adjustment.text(tests: goals.tests) == "Holm across 2 tests of goals listed here")
        #expect(goals.list["adjustment"] == ["method": "holm", "family": "goals", "tests": 2])
    }

    @Test func putsTheMemberBesideThePValue() throws {
        let results = try adjusted(Self.answer("a", [0.03, nil]))
        let variants = results.items[0]["metrics"]?[0]?["variants"]
        #expect(variants?[0]?["p_value_adjusted"] == nil)
        #expect(variants?[1]?["p_value_adjusted"] == 0.03)
        #expect(variants?[2]?["p_value_adjusted"] == JSON.null)
        let keys = variants?[1]?.object?.keys ?? []
        #expect(keys.firstIndex(of: "p_value_adjusted") == keys.firstIndex(of: "p_value").map { $0 + 1 })
        #expect(results.list["adjustment"] == ["method": "benjamini_hochberg", "family": "listed", "tests": 1])
    }

    @Test func keepsEverythingElseAsItWas() throws {
        let answer = Self.answer("a", [0.03])
        var item = try #require(try adjusted(answer).items[0].object)
        var metric = try #require(item["metrics"]?[0]?.object)
        var variants = try #require(metric["variants"]?.array)
        var variant = try #require(variants[1].object)
        variant["p_value_adjusted"] = nil
        variants[1] = .object(variant)
        metric["variants"] = .array(variants)
        item["metrics"] = [.object(metric)]
        #expect(JSON.object(item) == answer)
    }

    @Test func countsMismatches() throws {
        let results = try adjusted(Self.answer("a", [0.03], ratio: "mismatch"), Self.answer("b", [0.5]))
        #expect(results.mismatches == 1)
        let console = RecordingConsole()
        ResultsTable.show(results, on: console.console)
        #expect(console.output.contains("sample ratio!"))
        #expect(
            console.output.contains("2 experiments; 2 tests, 1 below 5 % alone, 0 after the adjustment; 1 sample-ratio")
        )
        #expect(console.output.contains("Benjamini-Hochberg across 2 tests"))
    }

    @Test func writesCSV() throws {
        let console = RecordingConsole()
        ResultsCSV.show(try adjusted(Self.answer("a,\"b\"", [0.03])), on: console.console)
        var reader = CSVReader()
        var records: [[String]] = []
        try reader.read(console.output.utf8) { records.append($0.fields) }
        #expect(records.count == 3)
        #expect(records[0] == ResultsCSV.columns)
        #expect(records.allSatisfy { $0.count == ResultsCSV.columns.count })
        #expect(records[2][0] == "a,\"b\"")
        #expect(records[2][ResultsCSV.columns.firstIndex(of: "p_value_adjusted")!] == "0.03")
    }

    @Test func refusesOtherAnswers() {
        #expect(throws: ClientError.notHookline(place: "test")) { try ExperimentResult(["a": 1], from: "test") }
    }
}
