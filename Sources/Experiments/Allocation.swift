public import HooklinePrimitives

/// Who sees what: a pure function of the unit, the seed, the weights and the coverage.
///
/// The same unit gets the same variant on every node, with no state. A unit falls into one of 10,000 buckets; variant i
/// takes the buckets from the sum of the weights before it, as many as its weight times the coverage, computed in the
/// order and with the rounding of GrowthBook's SDKs.
public struct Allocation: Sendable {
    private let seed: AllocationSeed
    /// The variant's index by bucket; `none` where the bucket is outside of the coverage.
    private let variants: [UInt16]
    /// How many of the 10,000 buckets each variant has.
    public let realisedBuckets: [Int]

    private static let none = UInt16.max

    /// - Parameters:
    ///   - seed: goes into the hash before the unit.
    ///   - weights: of the variants in their order, summing to 1.
    ///   - coverage: the share of each variant's range that takes part, above 0 and up to 1.
    public init(seed: String, weights: [Double], coverage: Double) {
        precondition(weights.count < Int(Self.none), "more variants than an allocation can hold")
        self.seed = AllocationSeed(seed)
        var table = [UInt16](repeating: Self.none, count: AllocationHash.bucketCount)
        var counts = [Int](repeating: 0, count: weights.count)
        let ranges = Self.ranges(weights: weights, coverage: coverage)
        for bucket in table.indices {
            let n = Double(bucket) / Double(AllocationHash.bucketCount)
            guard let variant = ranges.firstIndex(where: { $0.contains(n) }) else { continue }
            table[bucket] = UInt16(variant)
            counts[variant] += 1
        }
        variants = table
        realisedBuckets = counts
    }

    /// The index of the unit's variant, nil where the unit takes no part.
    public func variant(of unit: Identifier) -> Int? {
        let variant = variants[seed.bucket(of: unit.text)]
        return variant == Self.none ? nil : Int(variant)
    }

    /// The half-open range of `n` of each variant.
    static func ranges(weights: [Double], coverage: Double) -> [Range<Double>] {
        var cumulative = 0.0
        return weights.map { weight in
            let start = cumulative
            cumulative += weight
            return start..<(start + coverage * weight)
        }
    }
}
