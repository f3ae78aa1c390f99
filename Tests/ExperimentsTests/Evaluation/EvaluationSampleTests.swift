import HooklineExperiments
import HooklinePrimitives
import Testing

/// The Swift of docs/features.md, with what it promises: it takes no more than what the library makes public.
@Suite struct EvaluationSampleTests {
    private let payload = """
        {"features": {"new-player": {"defaultValue": "old", "rules": [{"id": "test", "key": "player-test",
        "variations": ["old", "new"], "coverage": 0.5, "hashVersion": 2,
        "condition": {"country": {"$inGroup": "dach"}, "age": {"$gte": 18}}, "meta": [{"key": "control"}, {"key": "new"}]}]}},
        "savedGroups": {"dach": ["DE", "AT", "CH"]}}
        """

    @Test func theSampleOfTheGuide() throws {
        let features = FeatureSet(try JSON.parse(payload))
        var evaluation = Evaluation(
            features,
            EvaluationContext(attributes: ["id": "user_2", "country": "DE", "age": 30])
        )
        let result = evaluation.result(of: "new-player")
        #expect(result.value == "new" && result.source == .experiment && result.experimentResult?.key == "new")
        #expect(evaluation.exposures.map { "\($0.experiment.key) \($0.key)" } == ["player-test new"])
    }
}
