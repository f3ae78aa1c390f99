import HooklinePrimitives

/// A part of the line from 0 to 1 on which units fall, its end not included.
public struct BucketRange: Sendable, Hashable {
    public let start: Double
    public let end: Double

    public init(_ start: Double, _ end: Double) { (self.start, self.end) = (start, end) }

    public func contains(_ place: Double) -> Bool { place >= start && place < end }
}

extension BucketRange {
    /// - Parameter json: two numbers; nil for anything else.
    init?(_ json: JSON) {
        guard let start = json[0]?.double, let end = json[1]?.double else { return nil }
        self.init(start, end)
    }

    /// The ranges of variations: each as wide as its weight times the coverage, beginning where the weights before it end.
    ///
    /// Weights that are missing, as many as others, or whose sum is not about 1 are equal ones. GrowthBook's SDK specification,
    /// `getBucketRanges`.
    static func of(_ variations: Int, coverage: Double, weights: [Double]?) -> [BucketRange] {
        let coverage = min(max(coverage, 0), 1)
        var weights = weights ?? []
        let sum = weights.reduce(0, +)
        if weights.count != variations || !(0.99...1.01).contains(sum) {
            weights = equalWeights(variations)
        }
        var cumulative = 0.0
        return weights.map { weight in
            let start = cumulative
            cumulative += weight
            return BucketRange(start, start + coverage * weight)
        }
    }

    static func equalWeights(_ count: Int) -> [Double] {
        count > 0 ? Array(repeating: 1 / Double(count), count: count) : []
    }
}

extension [BucketRange] {
    /// The first range that a place lies in.
    func index(of place: Double) -> Int? { firstIndex { $0.contains(place) } }
}

/// Where units fall on the line from 0 to 1, for a seed: GrowthBook's hashes. What depends on the seed alone is done once.
enum PlaceSeed: Sendable {
    /// FNV-1a over the unit and the seed, in thousandths. It is biased, and kept for what has begun with it.
    case first(String)
    case second(AllocationSeed)
    /// Of a version that nobody knows.
    case unknown

    init(_ seed: String, version: Int) {
        switch version {
        case 1: self = .first(seed)
        case 2: self = .second(AllocationSeed(seed))
        default: self = .unknown
        }
    }

    /// Nil for a version that nobody knows.
    func place(of unit: String) -> Double? {
        switch self {
        case .first(let seed):
            let hash = AllocationSeed.hash(seed, from: AllocationSeed.hash(unit, from: AllocationSeed.offsetBasis))
            return Double(hash % 1000) / 1000
        case .second(let seed): return Double(seed.bucket(of: unit)) / Double(AllocationHash.bucketCount)
        case .unknown: return nil
        }
    }
}

/// A part of the units that experiments share among themselves, so that nobody is in two of them.
struct Namespace: Sendable {
    private let seed: PlaceSeed
    private let range: BucketRange

    /// - Parameter json: `[id, start, end]`; nil for anything else.
    init?(_ json: JSON) {
        guard let id = json[0]?.string, let start = json[1]?.double, let end = json[2]?.double else { return nil }
        seed = PlaceSeed("__" + id, version: 1)
        range = BucketRange(start, end)
    }

    func contains(_ unit: String) -> Bool {
        seed.place(of: unit).map(range.contains) ?? false
    }
}

/// A namespace in its second form: by any attribute, hash and ranges. A unit must pass all filters.
struct UnitFilter: Sendable {
    let seed: PlaceSeed
    let ranges: [BucketRange]
    let attribute: TextKey

    init(_ json: JSON) {
        seed = PlaceSeed(json["seed"]?.string ?? "", version: json["hashVersion"]?.wholeNumber ?? 2)
        ranges = (json["ranges"]?.array ?? []).compactMap(BucketRange.init)
        attribute = TextKey(json.object?.nonEmptyText("attribute") ?? "id")
    }
}

extension JSON {
    /// A whole number other than 0, as the specification takes options: nil for anything else.
    var wholeNumber: Int? {
        integer.flatMap { $0 == 0 ? nil : Int(exactly: $0) }
    }
}
