import HooklineEvents
import HooklinePrimitives
import HooklineStorageTestSupport
import Testing

@testable import HooklineExperiments

/// What comes over from GrowthBook deals nobody another variation.
@Suite struct GrowthBookExportTests {
    /// The rule of a running experiment, as a definition of the REST API has it.
    private static func rule(_ changes: JSONObject = [:]) -> JSONObject {
        var rule: JSONObject = [
            "id": "fr_1", "condition": ["country": "DE"], "key": "player-test", "seed": "s_7f", "hashAttribute": "id",
            "hashVersion": 2, "coverage": 0.8, "weights": [0.7, 0.3], "meta": [["key": "0"], ["key": "1"]],
            "variations": ["old", "new"], "filters": [["seed": "layer", "ranges": [[0, 0.9]], "hashVersion": 2]],
        ]
        for member in changes { rule[member.key] = member.value }
        return rule
    }

    private static func export(_ rule: JSONObject, _ experiment: JSONObject = [:], status: String = "running") -> JSON {
        let definition: JSON = ["defaultValue": "none", "rules": [.object(rule)]]
        var made: JSONObject = [
            "id": "exp_1", "trackingKey": "player-test", "name": "Player", "status": .string(status), "hashVersion": 2,
            "hashAttribute": "id",
            "variations": [
                ["variationId": "a", "key": "0", "name": "C"], ["variationId": "b", "key": "1", "name": "T"],
            ],
            "phases": [
                ["seed": "old", "coverage": 1, "trafficSplit": []],
                [
                    "seed": "s_7f", "coverage": 0.8,
                    "trafficSplit": [["variationId": "b", "weight": 0.3], ["variationId": "a", "weight": 0.7]],
                ],
            ],
        ]
        for member in experiment { made[member.key] = member.value }
        return [
            "features": [
                [
                    "id": "player",
                    "environments": ["production": ["enabled": true, "definition": .string(definition.text)]],
                ]
            ],
            "experiments": [.object(made)],
        ]
    }

    @Test func aRunningExperimentIsNamedAndNobodyGetsAnotherVariation() async throws {
        let json = Self.export(Self.rule())
        let export = try GrowthBookExport(json)
        #expect(export.experiments.map(\.isRunning) == [true])
        #expect(export.writes.first?.body?["rules"]?[0]?["experiment"] == "player-test")
        try await TestDatabase.available[0].withBench { bench in
            let features = Features(database: bench.database, log: bench.log, clock: bench.clock.wallClock)
            for experiment in export.experiments {
                _ = try await bench.experiments.create(experiment.definition)
                _ = try await bench.experiments.start(experiment.definition.id)
            }
            _ = try await features.write(export.writes)
            let before = FeatureSet(["features": ["player": ["defaultValue": "none", "rules": [.object(Self.rule())]]]])
            for number in 0..<2000 {
                let context = EvaluationContext(attributes: ["id": .string("zuschauer-ä\(number)"), "country": "DE"])
                var evaluation = Evaluation(before, context)
                let expected = evaluation.result(of: "player")
                let answer = try await features.evaluate("player", context)
                #expect(answer.value == expected.value)
                #expect(answer.result.experimentResult?.key == expected.experimentResult?.key)
            }
        }
    }

    /// A rule that deals units out in another way goes on as it is.
    @Test(
        arguments: [
            ["hashVersion": 1], ["seed": "other"], ["weights": [0.5, 0.5]], ["coverage": 0.9], ["bucketVersion": 1],
            ["hashAttribute": "company"], ["meta": [["key": "x"], ["key": "y"]]], ["key": "other"],
        ] as [JSONObject]
    )
    func anotherRuleStaysAsItIs(_ change: JSONObject) throws {
        let export = try GrowthBookExport(Self.export(Self.rule(change)))
        #expect(export.writes.first?.body?["rules"]?[0] == .object(Self.rule(change)))
        #expect(export.experiments.isEmpty && export.notes.count == 1)
    }

    @Test func whatIsOverIsNotMade() throws {
        let export = try GrowthBookExport(Self.export(["force": "new", "id": "r"], status: "stopped"))
        #expect(export.experiments.isEmpty && export.notes.count == 1)
        let draft = try GrowthBookExport(Self.export(["force": "new", "id": "r"], status: "draft"))
        #expect(draft.experiments.map(\.isRunning) == [false])
        let first = try GrowthBookExport(Self.export(Self.rule(["hashVersion": 1]), ["hashVersion": 1]))
        #expect(first.experiments.isEmpty && first.notes.first?.contains("first hash") == true)
    }

    @Test func aPayloadIsTakenAsItIs() throws {
        let payload: JSON = [
            "status": 200, "dateUpdated": "x",
            "features": ["f": ["defaultValue": 1, "rules": [.object(Self.rule())], "project": "p"]],
            "savedGroups": ["g": ["a"]],
        ]
        let export = try GrowthBookExport(payload)
        #expect(export.writes.map(\.key) == ["g", "f"])
        #expect(export.writes[1].body == ["defaultValue": 1, "rules": [.object(Self.rule())]])
    }

    /// GrowthBook's holdouts are features whose names begin as those of Hookline do; experiments of pages have nothing to be taken.
    @Test func holdoutsAreRenamedAndPagesLeftOut() throws {
        let parent: JSON = ["id": "$holdout:h1", "condition": ["value": "holdoutcontrol"]]
        let payload: JSON = [
            "features": [
                "$holdout:h1": ["defaultValue": "genpop"],
                "f": ["defaultValue": 1, "rules": [["force": 2, "parentConditions": [parent]]]],
            ],
            "experiments": [["key": "page", "changeId": "c", "variations": [[:], [:]]]],
        ]
        let export = try GrowthBookExport(payload)
        #expect(export.writes.map(\.key) == ["holdout:h1", "f"] && export.experiments.isEmpty)
        #expect(export.writes[1].body?["rules"]?[0]?["parentConditions"]?[0]?["id"] == "holdout:h1")
        #expect(export.notes.count == 2)
        let features = JSONObject(export.writes.map { ($0.key.text, $0.body ?? .null) })
        try FeatureCheck.check(["features": .object(features)])
    }

    /// What is wrong, and the place.
    @Test(
        arguments: [
            ([:], "features"), (["features": [["id": "f"]]], "features[0].environments"),
            (["features": [["id": "f", "environments": ["dev": [:]]]]], "features[0].environments"),
            (
                ["features": [["id": "f", "environments": ["production": ["definition": "{"]]]]],
                "features[0].environments.production.definition"
            ),
            (["features": [:], "experiments": [["id": "e", "status": "running"]]], "experiments[0]"),
            (["features": [:], "savedGroups": [["id": 5]]], "savedGroups[0].id"),
        ] as [(JSON, String)]
    )
    func whatIsWrongIsNamed(_ json: JSON, _ field: String) {
        let error = #expect(throws: FieldError.self) { try GrowthBookExport(json) }
        #expect(error?.field == field, "\(String(describing: error))")
    }
}
