import HooklineExperiments
import HooklinePrimitives
import Testing

@testable import struct HooklineExperiments.Allocation

@Suite struct AllocationTests {
    /// Computed by a Python 3.11 reference that hashes the bytes of UTF-16-LE in pairs.
    @Test(arguments: [
        ("hook_test_v1", "user_456", 268), ("größe", "naïve", 7136), ("seed", "日本語", 4482), ("seed", "🎬🎥", 5719),
        ("e\u{301}", "e\u{301}", 9656), ("\u{E9}", "\u{E9}", 493), ("a", "", 216),
    ])
    func hashesUTF16CodeUnits(seed: String, unit: String, bucket: Int) {
        #expect(AllocationHash.bucket(seed: seed, unit: unit) == bucket)
    }

    /// As the specification has it, with the number written out. Of so many units some have a first hash of few digits.
    @Test func hashesTheDigitsOfTheFirstHash() {
        func hash(_ text: String) -> UInt32 {
            text.utf16.reduce(0x811C_9DC5) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
        }
        var digits: Set<Int> = []
        for unit in 0..<200_000 {
            let first = "\(hash("seed\(unit)"))"
            digits.insert(first.count)
            let bucket = AllocationHash.bucket(seed: "seed", unit: "\(unit)")
            guard bucket != hash(first) % 10_000 else { continue }
            Issue.record("unit \(unit), whose first hash is \(first), is in bucket \(bucket)")
        }
        #expect(digits.isSuperset(of: 6...10))
    }

    /// GrowthBook's own cases, spec 0.8.0: `[seed, value, version, n]`.
    @Test func agreesWithGrowthBooksHash() throws {
        guard let cases = try cases("hash") else { return }
        var checked = 0
        for row in cases where row[2]?.integer == 2 {
            let (seed, value) = (try #require(row[0]?.string), try #require(row[1]?.string))
            let n = try #require(row[3]?.double)
            #expect(Double(AllocationHash.bucket(seed: seed, unit: value)) / 10_000 == n)
            checked += 1
        }
        #expect(checked >= 5)
    }

    /// `[name, [count, coverage, weights?], ranges]`
    @Test func agreesWithGrowthBooksBucketRanges() throws {
        guard let cases = try cases("getBucketRange") else { return }
        var checked = 0
        for row in cases {
            let input = try #require(row[1]?.array)
            let (count, coverage) = (try #require(input[0].integer), try #require(input[1].double))
            let weights = input[2].array?.compactMap(\.double) ?? (0..<count).map { _ in 1 / Double(count) }
            // Our definitions refuse what GrowthBook repairs: other counts, sums and coverages.
            guard weights.count == count, abs(weights.reduce(0, +) - 1) < 1e-6, (0...1).contains(coverage) else {
                continue
            }
            let expected = try #require(row[2]?.array).map { $0.array?.compactMap(\.double) ?? [] }
            let ranges = Allocation.ranges(weights: weights, coverage: coverage)
            for (range, expected) in zip(ranges, expected) {
                #expect(abs(range.lowerBound - expected[0]) < 1e-12 && abs(range.upperBound - expected[1]) < 1e-12)
            }
            checked += 1
        }
        #expect(checked >= 5)
    }

    /// Computed in Python 3.11 from the ranges in doubles.
    private static let dealt: [([Double], Double, [Int])] = [
        ([0.5, 0.5], 1, [5000, 5000]), ([1.0 / 3, 1.0 / 3, 1.0 / 3], 1, [3334, 3333, 3333]),
        ([0.9999, 0.0001], 1, [9999, 1]), ([0.5, 0.5], 0.1, [500, 500]), ([0.2, 0.3, 0.5], 0.5, [1000, 1500, 2500]),
    ]

    @Test(arguments: dealt)
    func dealsOutTheBuckets(weights: [Double], coverage: Double, buckets: [Int]) {
        #expect(Allocation(seed: "s", weights: weights, coverage: coverage).realisedBuckets == buckets)
    }

    @Test func givesAUnitTheVariantOfItsBucket() throws {
        let allocation = Allocation(seed: "seed", weights: [0.25, 0.25, 0.25, 0.25], coverage: 0.4)
        var counts = [0, 0, 0, 0]
        for number in 0..<20_000 {
            let unit = "viewer-\(number)"
            let n = Double(AllocationHash.bucket(seed: "seed", unit: unit)) / 10_000
            let expected = [0.0..<0.1, 0.25..<0.35, 0.5..<0.6, 0.75..<0.85].firstIndex { $0.contains(n) }
            let variant = allocation.variant(of: Identifier(unchecked: unit))
            #expect(variant == expected)
            if let variant { counts[variant] += 1 }
        }
        // 2,000 are expected in each; five standard deviations are 212.
        #expect(counts.allSatisfy { abs($0 - 2000) < 212 })
    }

    private func cases(_ section: String) throws -> [JSON]? {
        guard let bytes = try TestData.bytes("growthbook/cases.json") else { return nil }
        return try #require(try JSON.parse(bytes)[section]?.array)
    }
}
