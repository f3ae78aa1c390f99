import HooklinePrimitives

/// Weights of variations that depend on who somebody is: the first leaf whose condition holds has them.
struct Bandit: Sendable {
    private struct Leaf: Sendable {
        let id: Int
        let condition: TargetingCondition
        let weights: [Double]
    }

    private let version: Int?
    private let leaves: [Leaf]

    init(_ json: JSON) {
        version = json["banditVersion"]?.integer.flatMap { Int(exactly: $0) }
        leaves = (json["contexts"]?.array ?? []).map { leaf in
            Leaf(
                id: leaf["leafId"]?.integer.flatMap { Int(exactly: $0) } ?? 0,
                condition: TargetingCondition(leaf["condition"] ?? .null),
                weights: (leaf["weights"]?.array ?? []).compactMap(\.double)
            )
        }
    }

    /// The leaf of a unit; where none matches, one with the experiment's own weights.
    func leaf(
        for attributes: JSON,
        _ groups: SavedGroups,
        else weights: @autoclosure () -> [Double]
    ) -> Choice {
        guard let leaf = leaves.first(where: { $0.condition.matches(attributes, groups) }) else {
            let fallback = BanditLeaf(id: BanditLeaf.fallback, weights: weights(), version: version)
            return Choice(leaf: fallback, isMatching: false)
        }
        return Choice(leaf: BanditLeaf(id: leaf.id, weights: leaf.weights, version: version), isMatching: true)
    }

    struct Choice: Sendable {
        let leaf: BanditLeaf
        let isMatching: Bool

        /// What takes the place of the experiment's own weights; nil where nothing does.
        var weights: [Double]? { isMatching ? leaf.weights : nil }
    }
}

/// What a unit was dealt out by, where a bandit has weighed the variations.
public struct BanditLeaf: Sendable, Hashable {
    /// ``fallback`` where no condition held.
    public let id: Int
    public let weights: [Double]
    public let version: Int?

    public static let fallback = -1

    var json: JSONObject {
        var json: JSONObject = ["leafId": JSON(id), "variationWeights": .array(weights.map { .number($0) })]
        if let version { json["banditVersion"] = JSON(version) }
        return json
    }
}
