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

/// Where a unit falls on the line from 0 to 1, for a seed: GrowthBook's hashes.
enum PlaceHash {
    /// Nil for a version that nobody knows.
    static func place(of unit: String, seed: String, version: Int) -> Double? {
        switch version {
        // FNV-1a over the unit and the seed, in thousandths. It is biased, and kept for what has begun with it.
        case 1: Double(hash(seed, from: hash(unit, from: offsetBasis)) % 1000) / 1000
        case 2: Double(AllocationHash.bucket(seed: seed, unit: unit)) / Double(AllocationHash.bucketCount)
        default: nil
        }
    }

    private static let offsetBasis: UInt32 = 0x811C_9DC5
    private static let prime: UInt32 = 0x0100_0193

    private static func hash(_ text: String, from start: UInt32) -> UInt32 {
        text.utf16.reduce(start) { ($0 ^ UInt32($1)) &* prime }
    }
}

/// A part of the units that experiments share among themselves, so that nobody is in two of them.
struct Namespace: Sendable {
    let id: String
    let range: BucketRange

    /// - Parameter json: `[id, start, end]`; nil for anything else.
    init?(_ json: JSON) {
        guard let id = json[0]?.string, let start = json[1]?.double, let end = json[2]?.double else { return nil }
        self.id = id
        range = BucketRange(start, end)
    }

    func contains(_ unit: String) -> Bool {
        PlaceHash.place(of: unit, seed: "__" + id, version: 1).map(range.contains) ?? false
    }
}

/// A namespace in its second form: by any attribute, hash and ranges. A unit must pass all filters.
struct UnitFilter: Sendable {
    let seed: String
    let ranges: [BucketRange]
    let hashVersion: Int
    let attribute: String

    init(_ json: JSON) {
        seed = json["seed"]?.string ?? ""
        ranges = (json["ranges"]?.array ?? []).compactMap(BucketRange.init)
        hashVersion = json["hashVersion"]?.wholeNumber ?? 2
        attribute = json["attribute"]?.string.flatMap { $0.isEmpty ? nil : $0 } ?? "id"
    }
}

extension JSON {
    /// A whole number other than 0, as the specification takes options: nil for anything else.
    var wholeNumber: Int? {
        integer.flatMap { $0 == 0 ? nil : Int(exactly: $0) }
    }
}
