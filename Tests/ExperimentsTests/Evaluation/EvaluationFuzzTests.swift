import HooklinePrimitives
import HooklineStatistics
import Testing

@testable import HooklineExperiments

/// Whatever is written in a definition, an evaluation ends and answers.
@Suite struct EvaluationFuzzTests {
    /// 100,000 evaluations: each of 1,000 payloads for 20 contexts and its 5 features.
    @Test(arguments: 0..<10)
    func anyDefinitionIsEvaluated(part: Int) {
        var evaluated = 0
        for number in 0..<100 {
            var random = RandomDefinitions(seed: UInt64(part * 1000 + number))
            let features = FeatureSet(random.payload())
            for _ in 0..<20 {
                let context = random.context()
                var evaluation = Evaluation(features, context)
                for key in RandomDefinitions.features {
                    let result = evaluation.result(of: Identifier(unchecked: key))
                    // What is answered can be written.
                    if result.json.isEmpty { Issue.record("an answer without members") }
                    evaluated += 1
                }
                _ = evaluation.redirect()
            }
        }
        #expect(evaluated == 10_000)
    }

    /// Twenty features that each ask the two below them: a million ways from the top to the bottom.
    @Test func featuresThatManyDependOnAreAskedOnce() {
        var features = JSONObject()
        for level in 0..<20 {
            for side in ["a", "b"] {
                let below = ["a", "b"].map {
                    JSON.object(["id": .string("\($0)\(level + 1)"), "condition": ["value": true]])
                }
                features["\(side)\(level)"] = [
                    "defaultValue": false, "rules": [["force": true, "parentConditions": .array(below)]],
                ]
            }
        }
        features["a20"] = ["defaultValue": true]
        features["b20"] = ["defaultValue": true]
        var evaluation = Evaluation(FeatureSet(["features": .object(features)]), EvaluationContext(attributes: [:]))
        #expect(evaluation.result(of: "a0").value == true)
    }

    @Test func aChainWithoutAnEndIsACycle() {
        var features = JSONObject()
        for number in 0..<5_000 {
            let next: JSON = ["id": .string("f\(number + 1)"), "condition": ["value": true]]
            features["f\(number)"] = ["defaultValue": true, "rules": [["force": true, "parentConditions": [next]]]]
        }
        var evaluation = Evaluation(FeatureSet(["features": .object(features)]), EvaluationContext(attributes: [:]))
        #expect(evaluation.result(of: "f0").source == .cyclicPrerequisite)
    }

    @Test func longTextsAndDeepConditionsTakeBoundedTime() {
        let long = String(repeating: "a", count: 1_000_000)
        let attributes: JSON = ["name": .string(long)]
        #expect(TargetingCondition(["name": ["$ini": [.string(long)], "$ne": "b"]]).matches(attributes, SavedGroups()))
        // With backtracking this one would never end.
        let explosive = TargetingCondition(["name": ["$regex": "^(a|aa)+b$"]])
        #expect(!explosive.matches(attributes, SavedGroups()))
        // Deeper than anybody writes nothing matches: the innermost one of an even number of negations is not reached.
        var deep: JSON = ["x": 1]
        for _ in 0..<1_000 { deep = ["$not": deep] }
        #expect(!TargetingCondition(deep).matches(["x": 1], SavedGroups()))
    }
}

/// Definitions and contexts of the words that mean something, in places where they mean nothing.
private struct RandomDefinitions {
    static let features = ["f0", "f1", "f2", "f3", "f4"]
    private var random: SplitMix64

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    private mutating func below(_ bound: Int) -> Int { Int(random.next() % UInt64(bound)) }

    private mutating func pick<Element>(_ choices: [Element]) -> Element { choices[below(choices.count)] }

    mutating func payload() -> JSON {
        var features = JSONObject()
        for key in Self.features {
            let rules = (0..<below(4)).map { _ in rule() }
            features[key] = below(10) == 0 ? value(2) : ["defaultValue": value(2), "rules": .array(rules)]
        }
        return [
            "features": .object(features),
            "savedGroups": ["g": .array((0..<below(3)).map { _ in value(1) }), "h": value(2)],
            "contextualBandits": [
                "b": ["banditVersion": value(0), "contexts": [["leafId": 1, "condition": condition(2)]]]
            ],
            "experiments": .array((0..<below(2)).map { _ in rule() }),
        ]
    }

    mutating func context() -> EvaluationContext {
        var context = EvaluationContext(
            attributes: below(10) == 0 ? value(2) : .object(attributes()),
            url: pick(["", "http://example.com/a?f0=1&f1=x", "/b#c", "mailto:x", "https://[::1]:99/%zz?%=%&=", "?"])
        )
        if below(3) == 0 { context.stickyBuckets = StickyBuckets() }
        if below(5) == 0 { context.forcedVariations = ["f0": below(5) - 2] }
        context.isInQualityAssurance = below(10) == 0
        return context
    }

    private mutating func attributes() -> JSONObject {
        var attributes = JSONObject()
        for name in ["id", "country", "age", "tags", "account"] where below(4) > 0 { attributes[name] = value(2) }
        return attributes
    }

    private static let members = [
        "id", "force", "variations", "weights", "coverage", "condition", "parentConditions", "filters", "namespace",
        "range",
        "ranges", "hashAttribute", "fallbackAttribute", "hashVersion", "seed", "meta", "bucketVersion",
        "minBucketVersion",
        "contextualBanditRef", "contextualVariations", "urlPatterns", "status", "active", "key",
    ]

    private mutating func rule() -> JSON {
        var rule = JSONObject()
        for _ in 0..<below(8) {
            let name = pick(Self.members)
            rule[name] = below(4) == 0 ? value(3) : meant(name)
        }
        return .object(rule)
    }

    /// Something that the member is for.
    private mutating func meant(_ name: String) -> JSON {
        switch name {
        case "variations", "contextualVariations": .array((0..<below(4)).map { _ in value(1) })
        case "weights": [0.5, 0.5]
        case "coverage": .number(random.unit() * 2 - 0.5)
        case "condition": condition(3)
        case "parentConditions": [["id": .string(pick(Self.features)), "condition": condition(2), "gate": value(0)]]
        case "filters": [["seed": "s", "ranges": [[0, 0.5]], "attribute": value(0), "hashVersion": value(0)]]
        case "namespace": ["n", 0, .number(random.unit())]
        case "range": [0, .number(random.unit())]
        case "ranges": [[0, 0.3], [0.3, 1]]
        case "hashVersion": JSON(below(4))
        case "bucketVersion", "minBucketVersion": JSON(below(3))
        case "meta": [["key": "v0", "passthrough": value(0)], ["key": "v1", "name": value(0)]]
        case "contextualBanditRef": "b"
        case "urlPatterns":
            [
                [
                    "type": pick(["simple", "regex", "x"]),
                    "pattern": pick(["*", "/a*b", "(a+)+$", "[", "example.com/*?q=1#h"]),
                ]
            ]
        default: value(1)
        }
    }

    private static let operators = [
        "$eq", "$ne", "$lt", "$lte", "$gt", "$gte", "$exists", "$in", "$nin", "$ini", "$nini", "$inGroup",
        "$notInGroup",
        "$not", "$size", "$elemMatch", "$all", "$alli", "$regex", "$regexi", "$type", "$veq", "$vne", "$vlt", "$vlte",
        "$vgt",
        "$vgte", "$or", "$and", "$nor", "$unknown", "",
    ]

    private mutating func condition(_ depth: Int) -> JSON {
        guard depth > 0 else { return value(1) }
        var condition = JSONObject()
        for _ in 0..<below(3) {
            switch below(4) {
            case 0:
                condition[pick(["$or", "$and", "$nor"])] = .array((0..<below(3)).map { _ in self.condition(depth - 1) })
            case 1: condition["$not"] = self.condition(depth - 1)
            default:
                let path = pick(["id", "country", "age", "tags.0", "tags.length", "account.plan", "", ".", "value"])
                condition[path] =
                    below(2) == 0
                    ? value(2) : [pick(Self.operators): below(3) == 0 ? self.condition(depth - 1) : value(2)]
            }
        }
        return .object(condition)
    }

    private static let texts = [
        "", "a", "id", "id2", "DE", "1", "0x1F", "1e3", " 12 ", "v1.2.3-rc.1+b", "1.2", "é", "e\u{301}", "\u{1F600}",
        "(a|b)*c",
        "[", "__proto__", "null", "true",
    ]

    private mutating func value(_ depth: Int) -> JSON {
        switch below(depth > 0 ? 9 : 7) {
        case 0: return .null
        case 1: return .bool(below(2) == 0)
        case 2: return .integer(Int64(bitPattern: random.next()) >> Int64(below(64)))
        case 3: return .number((random.unit() - 0.5) * pick([1e-9, 1, 1e21, 1e300]))
        case 4, 5, 6: return .string(pick(Self.texts))
        case 7: return .array((0..<below(4)).map { _ in value(depth - 1) })
        default:
            var object = JSONObject()
            for _ in 0..<below(3) { object[pick(Self.texts)] = value(depth - 1) }
            return .object(object)
        }
    }
}
