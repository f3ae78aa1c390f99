import HooklinePrimitives
import Testing

@testable import HooklineExperiments

/// Each case of the file that every SDK must pass.
@Suite struct SharedCaseTests {
    /// Every section has a test below, so that the file and they have as many.
    @Test func allCasesAreHere() throws {
        // Says where it is looked for, and fails where it has to be there.
        guard try TestData.bytes("growthbook/cases.json") != nil else { return }
        let version = try #require(SharedCases.version)
        #expect(version == "0.8.0")
        let sections = [
            "evalCondition", "hash", "getBucketRange", "feature", "run", "chooseVariation", "getQueryStringOverride",
            "inNamespace", "getEqualWeights", "decrypt", "stickyBucket", "urlRedirect", "contextualBandit",
        ]
        let counted = sections.map { SharedCases.of($0).count }.reduce(0, +)
        #expect(counted == SharedCases.count && counted == 517)
    }

    @Test(arguments: SharedCases.of("evalCondition"))
    func conditions(_ example: SharedCases.Case) {
        let condition = TargetingCondition(example.at(1))
        let matches = condition.matches(example.at(2), SavedGroups(example.at(4)))
        #expect(matches == example.at(3).bool)
    }

    @Test(arguments: SharedCases.of("hash"))
    func places(_ example: SharedCases.Case) {
        let seed = PlaceSeed(example.at(0).string ?? "", version: Int(example.at(2).integer ?? 0))
        let place = seed.place(of: example.at(1).string ?? "")
        #expect(place == example.at(3).double)
    }

    @Test(arguments: SharedCases.of("getBucketRange"))
    func ranges(_ example: SharedCases.Case) {
        let input = example.at(1)
        let ranges = BucketRange.of(
            Int(input[0]?.integer ?? 0),
            coverage: input[1]?.double ?? 1,
            weights: input[2]?.array?.compactMap(\.double)
        )
        let expected = (example.at(2).array ?? []).compactMap(BucketRange.init)
        #expect(ranges.count == expected.count)
        for (range, expected) in zip(ranges, expected) {
            #expect(abs(range.start - expected.start) < 1e-8 && abs(range.end - expected.end) < 1e-8)
        }
    }

    @Test(arguments: SharedCases.of("chooseVariation"))
    func choices(_ example: SharedCases.Case) {
        let ranges = (example.at(2).array ?? []).compactMap(BucketRange.init)
        #expect(ranges.index(of: example.at(1).double ?? 0) ?? -1 == Int(example.at(3).integer ?? -2))
    }

    @Test(arguments: SharedCases.of("getQueryStringOverride"))
    func overrides(_ example: SharedCases.Case) {
        let variation = QueryOverride.variation(
            of: example.at(1).string ?? "",
            in: example.at(2).string ?? "",
            variations: Int(example.at(3).integer ?? 0)
        )
        #expect(variation == example.at(4).integer.map { Int($0) })
    }

    @Test(arguments: SharedCases.of("inNamespace"))
    func namespaces(_ example: SharedCases.Case) throws {
        let namespace = try #require(Namespace(example.at(2)))
        #expect(namespace.contains(example.at(1).string ?? "") == example.at(3).bool)
    }

    @Test(arguments: SharedCases.of("getEqualWeights"))
    func equalWeights(_ example: SharedCases.Case) {
        let weights = BucketRange.equalWeights(Int(example.at(0).integer ?? 0))
        let expected = (example.at(1).array ?? []).compactMap(\.double)
        #expect(weights.count == expected.count && zip(weights, expected).allSatisfy { abs($0 - $1) < 1e-8 })
    }

    @Test(arguments: SharedCases.of("decrypt"))
    func decryption(_ example: SharedCases.Case) {
        let text = EncryptedPayload.decrypt(example.at(1).string ?? "", key: example.at(2).string ?? "")
        #expect(text == example.at(3).string)
    }

    @Test(arguments: SharedCases.of("feature") + SharedCases.of("contextualBandit"))
    func features(_ example: SharedCases.Case) {
        var evaluation = Evaluation(FeatureSet(example.at(1)), EvaluationContext(example.at(1)))
        let result = evaluation.result(of: Identifier(unchecked: example.at(2).string ?? ""))
        #expect(JSON.object(result.json) == example.at(3))
    }

    @Test(arguments: SharedCases.of("run"))
    func experiments(_ example: SharedCases.Case) {
        var evaluation = Evaluation(FeatureSet(example.at(1)), EvaluationContext(example.at(1)))
        let result = evaluation.run(FeatureExperiment(example.at(2).object ?? [:]))
        #expect(result.value == example.at(3))
        #expect(result.isInExperiment == example.at(4).bool)
        #expect(result.isHashUsed == example.at(5).bool)
    }

    @Test(arguments: SharedCases.of("stickyBucket"))
    func stickyBuckets(_ example: SharedCases.Case) {
        let features = FeatureSet(example.at(1))
        var context = EvaluationContext(example.at(1))
        // An SDK asks its store for what it needs for these attributes.
        let needed = Set(
            features.unitAttributes.map { attribute -> Identifier in
                let value = context.unit(by: TextKey(attribute), or: nil).value
                return StickyBuckets.Document.key(attribute, value.string ?? value.text)
            }
        )
        let stored = (example.at(2).array ?? []).map(StickyBuckets.Document.init)
        context.stickyBuckets = StickyBuckets(stored.filter { needed.contains($0.key) })
        var evaluation = Evaluation(features, context)
        let result = evaluation.result(of: Identifier(unchecked: example.at(3).string ?? ""))
        #expect(result.experimentResult.map { JSON.object($0.json) } ?? .null == example.at(4))
        let documents = evaluation.context.stickyBuckets?.documents ?? [:]
        let expected = (example.at(5).object ?? [:]).map { StickyBuckets.Document($0.value) }
        #expect(Set(documents.values) == Set(expected))
    }

    @Test(arguments: SharedCases.of("urlRedirect"))
    func redirects(_ example: SharedCases.Case) {
        var evaluation = Evaluation(FeatureSet(example.at(1)), EvaluationContext(example.at(1)))
        let redirect = evaluation.redirect()
        let seen: [JSON] =
            redirect.map { redirect in
                [
                    [
                        "inExperiment": .bool(redirect.result.isInExperiment),
                        "urlRedirect": redirect.result.value["urlRedirect"] ?? .null,
                        "urlWithParams": .string(redirect.url),
                    ]
                ]
            } ?? []
        #expect(JSON.array(seen) == example.at(2))
    }
}
