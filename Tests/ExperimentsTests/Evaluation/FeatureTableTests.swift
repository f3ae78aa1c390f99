import HooklineExperiments
import HooklinePrimitives
import Testing

/// Features are found by their names, whatever these are and however many there are.
@Suite struct FeatureTableTests {
    @Test(arguments: [0, 1, 2, 3, 100, 5000])
    func everyFeatureIsFound(count: Int) throws {
        var features = JSONObject()
        for number in 0..<count { features.append("feature-\(number)", ["defaultValue": JSON(number)]) }
        var evaluation = Evaluation(FeatureSet(["features": .object(features)]), EvaluationContext(attributes: [:]))
        for number in 0..<count {
            let result = evaluation.result(of: Identifier(unchecked: "feature-\(number)"))
            #expect(result.value == JSON(number) && result.source == .defaultValue)
        }
        for name in ["feature", "feature-\(count)", "", "other"] {
            #expect(evaluation.result(of: Identifier(unchecked: name)).source == .unknownFeature)
        }
    }

    @Test func namesThatOnlyLookAlikeAreTwo() {
        let features: JSON = ["features": ["caf\u{E9}": ["defaultValue": 1], "cafe\u{301}": ["defaultValue": 2]]]
        var evaluation = Evaluation(FeatureSet(features), EvaluationContext(attributes: [:]))
        #expect(evaluation.result(of: "caf\u{E9}").value == 1)
        #expect(evaluation.result(of: "cafe\u{301}").value == 2)
    }
}
