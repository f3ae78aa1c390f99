public import HooklinePrimitives

/// An experiment as a feature's rule or a page has it, compiled: who takes part, and by what they are dealt out.
public final class FeatureExperiment: Sendable {
    public let key: String
    public let variations: [JSON]
    /// As it was written, or as a rule has made it.
    public let json: JSONObject

    let ranges: [BucketRange]
    private let hasOwnRanges: Bool
    let weights: [Double]?
    let coverage: Double
    /// The attribute by which units are dealt out, and the one where that is empty.
    let hashKey: TextKey
    let fallbackKey: TextKey?
    let seed: PlaceSeed
    let namespace: Namespace?
    let filters: [UnitFilter]?
    let condition: TargetingCondition?
    let prerequisites: [Prerequisite]
    let meta: [VariationMeta]
    /// Whether who is in some variation goes on to the next rule.
    let hasPassThrough: Bool
    let bucketVersion: Int
    let minimumBucketVersion: Int
    let usesStickyBuckets: Bool
    let isActive: Bool
    let isStopped: Bool
    /// The variation of all who take part; nil where nothing is forced, -1 where nobody takes part.
    let forced: Int?
    let targets: [URLTarget]?
    let redirectsKeepQuery: Bool
    let isManual: Bool
    /// Whether only those take part who were exposed before.
    let isClosed: Bool

    /// The member that says so, in what is compiled for the server itself.
    static let closed = "$closed"

    /// - Parameter json: `variations` is an array; a key that is missing is empty.
    public init(_ json: JSONObject) {
        self.json = json
        key = json["key"]?.string ?? ""
        variations = json["variations"]?.array ?? []
        weights = json["weights"]?.array?.compactMap(\.double)
        coverage = json["coverage"]?.double ?? 1
        let own = json["ranges"]?.array?.compactMap(BucketRange.init)
        hasOwnRanges = own != nil
        ranges = own ?? BucketRange.of(variations.count, coverage: coverage, weights: weights)
        hashKey = TextKey(json.nonEmptyText("hashAttribute") ?? "id")
        fallbackKey = json.nonEmptyText("fallbackAttribute").map { TextKey($0) }
        seed = PlaceSeed(json.nonEmptyText("seed") ?? key, version: json["hashVersion"]?.wholeNumber ?? 1)
        namespace = json["namespace"].flatMap(Namespace.init)
        filters = json["filters"]?.array?.map(UnitFilter.init)
        condition = json["condition"].flatMap { $0.isTruthy ? TargetingCondition($0) : nil }
        prerequisites = (json["parentConditions"]?.array ?? []).map(Prerequisite.init)
        meta = (json["meta"]?.array ?? []).map(VariationMeta.init)
        hasPassThrough = meta.contains(where: \.isPassedThrough)
        bucketVersion = json["bucketVersion"]?.wholeNumber ?? 0
        minimumBucketVersion = json["minBucketVersion"]?.wholeNumber ?? 0
        usesStickyBuckets = !(json["disableStickyBucketing"]?.isTruthy ?? false)
        isActive = json["active"]?.bool != false && json["status"]?.string != "draft"
        isStopped = json["status"]?.string == "stopped"
        forced = json["force"].map { $0.integer.flatMap { Int(exactly: $0) } ?? -1 }
        targets = json["urlPatterns"]?.array?.map(URLTarget.init)
        redirectsKeepQuery = json["persistQueryString"]?.isTruthy ?? false
        isManual = json["manual"]?.isTruthy ?? false
        isClosed = json[Self.closed]?.isTruthy ?? false
    }

    /// The variation of who falls on a place, by the weights of a bandit where it has some for a unit.
    func variation(at place: Double, weights: [Double]?) -> Int? {
        guard let weights, !hasOwnRanges else { return ranges.index(of: place) }
        return BucketRange.of(variations.count, coverage: coverage, weights: weights).index(of: place)
    }

    var hashAttribute: String { hashKey.text }
    var fallbackAttribute: String? { fallbackKey?.text }

    /// The attribute that a unit is the value of.
    func attribute(of unit: EvaluationContext.Unit) -> String {
        unit.isByFallback ? fallbackAttribute ?? hashAttribute : hashAttribute
    }

    /// The name of a variation: its own key, or its number.
    func key(of variation: Int) -> String {
        meta.indices.contains(variation) ? meta[variation].key ?? "\(variation)" : "\(variation)"
    }
}

/// What is known of a variation beside its value.
struct VariationMeta: Sendable {
    let key: String?
    let name: String?
    /// The unit goes on to the next rule, as holdouts want it.
    let isPassedThrough: Bool

    init(_ json: JSON) {
        key = json.object?.nonEmptyText("key")
        name = json.object?.nonEmptyText("name")
        isPassedThrough = json["passthrough"]?.isTruthy ?? false
    }
}

/// A feature whose value must be as a condition says before a rule holds.
struct Prerequisite: Sendable {
    let feature: Identifier
    let condition: TargetingCondition
    /// Whether the feature that asks has no value where it is not; else the rule is passed over.
    let isGate: Bool

    init(_ json: JSON) {
        feature = Identifier(unchecked: json["id"]?.string ?? "")
        condition = TargetingCondition(json["condition"] ?? .null)
        isGate = json["gate"]?.isTruthy ?? false
    }
}

extension JSONObject {
    func nonEmptyText(_ key: String) -> String? {
        self[key]?.string.flatMap { $0.isEmpty ? nil : $0 }
    }
}
