import HooklinePrimitives
import Testing

@testable import HooklineExperiments

/// What is wrong with a definition is named.
@Suite struct FeatureCheckTests {
    /// A rule of the feature `f`, the place that the error names, and what it says.
    private static let bad: [(rule: JSON, field: String, problem: String)] = [
        ([:], "", "changes nothing"),
        (["force": 1, "condition": ["age": ["$gte": [1]]]], ".condition.age.$gte", "neither a number nor a text"),
        (["force": 1, "condition": ["age": ["$near": 1]]], ".condition.age.$near", "is no operator"),
        (["force": 1, "condition": ["$where": "1"]], ".condition.$where", "is no operator of conditions"),
        (["force": 1, "condition": ["age": ["$gte": 1, "x": 2]]], ".condition.age", "operators beside members"),
        (["force": 1, "condition": ["$or": ["a": 1]]], ".condition.$or", "array"),
        (["force": 1, "condition": ["a": ["$in": "x"]]], ".condition.a.$in", "array"),
        (["force": 1, "condition": ["a": ["$regex": "(a"]]], ".condition.a.$regex", "has a '(' without its ')'"),
        (["force": 1, "condition": ["a": ["$regex": "(?=a)b"]]], ".condition.a.$regex", "looks ahead"),
        (["force": 1, "condition": ["a": ["$regex": "(a{999}){999}"]]], ".condition.a.$regex", "repeats too much"),
        (["force": 1, "condition": ["a": ["$inGroup": "none"]]], ".condition.a.$inGroup", "which there is not"),
        (["force": 1, "condition": ["a": ["$type": "date"]]], ".condition.a.$type", "is no type"),
        (
            ["force": 1, "condition": ["a": ["$elemMatch": ["b": ["$eq": []]]]]], ".condition.a.$elemMatch.b.$eq",
            "nothing is equal to"
        ),
        (["force": 1, "parentConditions": [["id": "none"]]], ".parentConditions[0].id", "which there is not"),
        (["force": 1, "parentConditions": [["id": "f"]]], "features.f", "depends on itself: f -> f"),
        (["force": 1, "coverage": 1.5], ".coverage", "1.5"),
        (["force": 1, "hashVersion": 3], ".hashVersion", "3"),
        (["force": 1, "range": [0.5, 0.1]], ".range", "ends before it begins"),
        (["variations": [1]], ".variations", "fewer than two"),
        (["variations": [1, 2], "weights": [1]], ".weights", "one for each of 2 variations"),
        (["variations": [1, 2], "weights": [0.5, 0.1]], ".weights", "sums to 0.6"),
        (["variations": [1, 2], "ranges": [[0, 0.6], [0.5, 1]]], ".ranges[1]", "overlaps another range"),
        (["variations": [1, 2], "namespace": ["n", 0, 1.2]], ".namespace[2]", "1.2"),
        (["variations": [1, 2], "namespace": ["n", 0]], ".namespace", "accepted is [id, start, end]"),
        (["variations": [1, 2], "minBucketVersion": 2], ".minBucketVersion", "nobody could take part"),
        (
            ["variations": [1, 2], "urlPatterns": [["type": "glob", "pattern": "*"]]], ".urlPatterns[0].type",
            "simple and regex"
        ),
        (["variations": [1, 2], "contextualBanditRef": "none"], ".contextualBanditRef", "which there is not"),
        (["variations": [1, 2], "filters": [["ranges": [[0, 1]]]]], ".filters[0].seed", "missing"),
        (["variations": [1, 2], "seed": 5], ".seed", "expected text"),
        (["variations": [1, 2], "meta": [["key": 1]]], ".meta[0].key", "expected text"),
    ]

    @Test(arguments: bad.indices)
    func whatIsWrongIsNamed(_ index: Int) {
        let (rule, field, problem) = Self.bad[index]
        let payload: JSON = [
            "features": ["f": ["defaultValue": 0, "rules": [rule]]], "savedGroups": ["known": ["a"]],
        ]
        let error = #expect(throws: FieldError.self) { try FeatureCheck.check(payload) }
        let place = field.hasPrefix("features") ? field : "features.f.rules[0]" + field
        #expect(error?.field == place && error?.problem.contains(problem) == true, "\(String(describing: error))")
    }

    /// A payload, and the place that the error names.
    private static let badParts: [(payload: JSON, field: String)] = [
        (["experiments": [["key": "e", "variations": [1]]]], "experiments[0].variations"),
        (
            ["contextualBandits": ["b": ["contexts": [["condition": ["a": ["$x": 1]], "weights": [1, 0]]]]]],
            "contextualBandits.b.contexts[0].condition.a.$x"
        ),
        (["contextualBandits": ["b": ["contexts": [["weights": [2]]]]]], "contextualBandits.b.contexts[0].weights[0]"),
        (["savedGroups": ["g": 1]], "savedGroups.g"), (["features": [1]], "features"),
        (["features": ["f": 1]], "features.f"),
    ]

    @Test(arguments: badParts.indices)
    func otherPartsOfAPayloadAreCheckedToo(_ index: Int) {
        let (payload, field) = Self.badParts[index]
        let error = #expect(throws: FieldError.self) { try FeatureCheck.check(payload) }
        #expect(error?.field == field, "\(String(describing: error))")
    }

    @Test func aLongerCycleIsShownAsItGoes() {
        let depends = { (id: String) -> JSON in
            ["defaultValue": true, "rules": [["force": true, "parentConditions": [["id": .string(id)]]]]]
        }
        let payload: JSON = ["features": ["a": depends("b"), "b": depends("c"), "c": depends("b")]]
        let error = #expect(throws: FieldError.self) { try FeatureCheck.check(payload) }
        #expect(error?.problem == "depends on itself: b -> c -> b")
    }

    /// What all SDKs are tested with is accepted, but for what is wrong on purpose.
    @Test func whatMeansSomethingIsAccepted() throws {
        let payload: JSON = [
            "features": [
                "parent": ["defaultValue": true],
                "f": [
                    "defaultValue": "a",
                    "rules": [
                        [
                            "force": "b", "coverage": 0.5, "hashAttribute": "id",
                            "condition": [
                                "country": ["$in": ["DE", "AT"]], "tags": ["$elemMatch": ["$regexi": "^a+"]],
                                "group": ["$inGroup": "g"],
                                "$or": [["age": ["$gt": 18]], ["plan": "pro"]], "version": ["$vgte": "1.2.0"],
                                "account.plan": ["$not": ["$exists": false]],
                            ],
                            "parentConditions": [["id": "parent", "condition": ["value": true], "gate": true]],
                        ],
                        [
                            "variations": ["a", "b"], "weights": [0.3, 0.7], "namespace": ["n", 0, 0.5],
                            "hashVersion": 2,
                            "ranges": [[0, 0.3], [0.3, 1]], "meta": [["key": "x"], ["key": "y"]],
                            "filters": [["seed": "s", "ranges": [[0, 0.2], [0.5, 0.6]], "hashVersion": 2]],
                            "urlPatterns": [["type": "simple", "pattern": "example.com/*", "include": true]],
                        ],
                    ],
                ],
            ],
            "savedGroups": ["g": ["a", 1]],
        ]
        try FeatureCheck.check(payload)
    }
}
